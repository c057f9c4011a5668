/*
 * What must hold between keys, and what a value must mean.  Each check is a
 * row of the table at the end: it looks at the whole configuration and adds a
 * problem, or a warning, for what it does not like.
 */
#include "lib/config/loader.h"

#include "lib/base/clock.h"
#include "lib/base/endpoint.h"
#include "lib/base/ipaddr.h"
#include "lib/base/lane.h"
#include "lib/base/url.h"
#include "lib/config/dsn.h"
#include "lib/config/places.h"

#include <string.h>
#include <strings.h>
#include <sys/stat.h>

enum { SECRET_DISTINCT_MIN = 8 };

static const struct config *
config_of(const struct loader *l)
{
	return &l->result->config;
}

static void
problem(struct loader *l, enum config_key_id id, const char *text)
{
	loader_key_problem(l, &config_keys[id], "%s", text);
}

/* ---- secrets ---- */

static bool
contains_nocase(struct str s, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= s.n; i++)
		if (strncasecmp(s.p + i, word, n) == 0)
			return true;
	return false;
}

/* Parts of secrets that are printed in manuals and examples. */
static const char *const public_words[] = {
	"change-in-production",
	"change_in_production",
	"changeme",
	"change-me",
	"change_me",
	"your-256-bit-secret",
	"your-secret",
};

static bool
is_public(struct str s)
{
	for (size_t i = 0; i < countof(public_words); i++)
		if (contains_nocase(s, public_words[i]))
			return true;
	return false;
}

static bool
repeats(struct str s)
{
	for (size_t period = 1; period <= s.n / 2; period++)
		if (memcmp(s.p, s.p + period, s.n - period) == 0)
			return true;
	return false;
}

static bool
is_monotonous(struct str s)
{
	bool seen[256] = {false};
	size_t distinct = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		distinct += !seen[c];
		seen[c] = true;
	}
	return distinct < SECRET_DISTINCT_MIN || repeats(s);
}

static void
judge_secret(struct loader *l, enum config_key_id id, struct str secret)
{
	if (str_empty(secret))
		return;
	if (is_public(secret))
		problem(l, id,
			"is a well-known example that anybody can read: make one with "
			"`openssl rand -base64 48`");
	else if (is_monotonous(secret))
		problem(l, id,
			"repeats itself and can be guessed: make one with `openssl rand -base64 "
			"48`");
}

static void
check_secrets(struct loader *l)
{
	judge_secret(l, CONFIG_KEY_session_secret, config_of(l)->session_secret);
	judge_secret(l, CONFIG_KEY_jwt_secret, config_of(l)->jwt_secret);
}

/* The one before may be weak: that may be why it is replaced. */
static void
check_previous_secret(struct loader *l)
{
	const struct config *c = config_of(l);

	if (!str_empty(c->session_secret_previous) &&
		str_eq(c->session_secret_previous, c->session_secret))
		problem(l, CONFIG_KEY_session_secret_previous,
			"is the same as SESSION_SECRET: give the secret that was used before, or "
			"leave it out");
}

static void
check_session_secret(struct loader *l)
{
	const struct config *c = config_of(l);

	if (!str_empty(c->session_secret) || !str_empty(c->session_secret_file) ||
		l->refused[CONFIG_KEY_session_secret])
		return;
	if (l->request->without_secrets)
		return;
	if (l->unread) {
		loader_problem(l,
			"%s: missing, perhaps in %s, which this user may not read: run as "
			"root, or with its variables in the environment",
			config_keys[CONFIG_KEY_session_secret].path, l->unread);
		return;
	}
	problem(l, CONFIG_KEY_session_secret,
		"missing: make one with `openssl rand -base64 48` and give it as SESSION_SECRET, "
		"or "
		"in a file (mode 600) named by SESSION_SECRET_FILE");
}

static void
check_admin_password(struct loader *l)
{
	if (is_public(config_of(l)->default_admin_password))
		problem(l, CONFIG_KEY_default_admin_password,
			"is a well-known example: leave it out to have a random one");
}

/* ---- keys ---- */

static void
check_jwt(struct loader *l)
{
	const struct config *c = config_of(l);
	bool secret = !str_empty(c->jwt_secret) || !str_empty(c->jwt_secret_file);
	bool pem = !str_empty(c->jwt_private_key_pem) || !str_empty(c->jwt_private_key_path);
	bool hs256 = str_is(c->jwt_algorithm, "HS256");

	if (hs256 && !secret)
		problem(l, CONFIG_KEY_jwt_algorithm,
			"HS256 needs JWT_SECRET (jwt.secret), at least 32 random bytes");
	if (pem && (hs256 || (secret && str_empty(c->jwt_algorithm))))
		problem(l, CONFIG_KEY_jwt_algorithm,
			"a private key cannot sign with HS256: name ES256, RS256 or EdDSA, or take "
			"the key "
			"out");
}

static void
check_jitter(struct loader *l)
{
	const struct config *c = config_of(l);

	if (c->access_ttl_jitter_s >= c->access_ttl_s)
		problem(l, CONFIG_KEY_access_ttl_jitter_s, "must be shorter than jwt.expiration");
}

static void
check_tls(struct loader *l)
{
	const struct config *c = config_of(l);
	bool cert = !str_empty(c->tls_cert_file), key = !str_empty(c->tls_key_file);

	if (cert && !key)
		problem(l, CONFIG_KEY_tls_key_file,
			"missing, but cert_file is set: https needs both");
	if (key && !cert)
		problem(l, CONFIG_KEY_tls_cert_file,
			"missing, but key_file is set: https needs both");
}

/* ---- addresses ---- */

static void
check_base_url(struct loader *l)
{
	struct str *base = config_value_str(&config_keys[CONFIG_KEY_base_url], &l->result->config);
	struct url url;

	if (url_parse(*base, &url, NULL) || str_empty(url.host) ||
		(!str_is(url.scheme, "http") && !str_is(url.scheme, "https"))) {
		problem(l, CONFIG_KEY_base_url,
			"expected http:// or https:// and a host, as https://auth.example.com");
		return;
	}
	if (url.has_query || url.has_fragment || url.has_userinfo)
		problem(l, CONFIG_KEY_base_url, "expected no query, fragment or user name");
	/* Paths are appended to it, and issuers are compared byte by byte. */
	while (str_ends(*base, STR("/")))
		base->n--;
	*base = str_copy(l->arena, *base);
	while (str_ends(url.path, STR("/")))
		url.path.n--;
	if (url.path.n)
		problem(l, CONFIG_KEY_base_url,
			"expected no path behind the host: pages and metadata are served at its "
			"root; give the server a host name of its own, as "
			"https://auth.example.com");
	if (str_is(config_of(l)->environment, "production") && !str_is(url.scheme, "https"))
		problem(l, CONFIG_KEY_base_url, "production needs an https URL");
}

static bool
is_port(struct str s)
{
	int64_t port;

	return s.n <= 5 && str_to_i64(s, &port) == OK && port >= 0 && port <= 65535;
}

static bool
is_listen_address(struct str s)
{
	struct str host;
	struct ipaddr ip;
	size_t colon = s.n;

	while (colon && s.p[colon - 1] != ':')
		colon--;
	if (!colon || !is_port(str_from(s, colon)))
		return false;
	host = str_first(s, colon - 1);
	if (str_starts(host, STR("["))) {
		if (!str_ends(host, STR("]")))
			return false;
		host = str_first(str_from(host, 1), host.n - 2);
		return ipaddr_parse(host, &ip) == OK;
	}
	return !str_has_char(host, ':') && !str_has_char(host, ' ') && !str_has_char(host, '/') &&
	       str_is_printable(host);
}

static void
check_server_addr(struct loader *l)
{
	if (!is_listen_address(config_of(l)->server_addr))
		problem(l, CONFIG_KEY_server_addr, "expected host:port, [v6]:port or :port");
}

static void
check_networks_of(struct loader *l, enum config_key_id id, struct str networks)
{
	struct ipnet net;

	STR_EACH (word, networks) {
		struct buf got;

		if (ipnet_parse(word, &net) == OK)
			continue;
		buf_init(&got, l->arena, 512);
		config_quote(&got, word);
		loader_key_problem(l, &config_keys[id],
			"expected addresses or networks as 10.0.0.0/8, got %s", got.p);
	}
}

static void
check_networks(struct loader *l)
{
	const struct config *c = config_of(l);

	check_networks_of(l, CONFIG_KEY_trusted_proxies, c->trusted_proxies);
	check_networks_of(l, CONFIG_KEY_outbound_allowed_networks, c->outbound_allowed_networks);
	check_networks_of(l, CONFIG_KEY_device_networks, c->device_networks);
}

static bool
is_origin(struct str word)
{
	struct url url;

	if (str_is(word, "*"))
		return true;
	return url_parse(word, &url, NULL) == OK && !str_empty(url.host) && str_empty(url.path) &&
	       !url.has_query && !url.has_fragment && !url.has_userinfo &&
	       (str_is(url.scheme, "http") || str_is(url.scheme, "https"));
}

static void
check_cors(struct loader *l)
{
	const struct config *c = config_of(l);

	STR_EACH (word, c->cors_origins) {
		struct buf got;

		if (is_origin(word))
			continue;
		buf_init(&got, l->arena, 512);
		config_quote(&got, word);
		loader_key_problem(l, &config_keys[CONFIG_KEY_cors_origins],
			"expected origins as https://app.example.com, or *, got %s", got.p);
	}
	if (c->cors_enabled && str_empty(c->cors_origins))
		problem(l, CONFIG_KEY_cors_origins, "missing, but cors.enabled is true");
}

/* ---- the rest ---- */

static bool
is_relative(struct str path)
{
	return path.n && path.p[0] != '/' && path.p[0] != ':' && dsn_is_file(path) &&
	       !str_starts(path, STR("file:"));
}

static void
check_database(struct loader *l)
{
	struct str *dsn =
		config_value_str(&config_keys[CONFIG_KEY_database_dsn], &l->result->config);
	const struct config *c = config_of(l);
	bool sqlite = str_is(c->database_driver, "sqlite");

	if (!sqlite)
		*dsn = dsn_for_libpq(l->arena, *dsn);
	else if (l->request->base && is_relative(*dsn))
		*dsn = str_printf(l->arena, "%s/%.*s", l->request->base, STR_ARG(*dsn));
	if (str_empty(c->database_dsn))
		problem(l, CONFIG_KEY_database_dsn, "missing");
	else if (sqlite && !dsn_is_file(c->database_dsn))
		problem(l, CONFIG_KEY_database_dsn,
			"expected the path of a file, as database.driver is sqlite: for PostgreSQL "
			"set that to postgres");
	else if (str_is(c->database_driver, "postgres") && !dsn_is_postgres(c->database_dsn))
		problem(l, CONFIG_KEY_database_dsn,
			"expected key=value pairs or a postgres:// URL, as "
			"postgres://authgate@db.example.com/authgate?sslmode=verify-full");
}

static void
check_session(struct loader *l)
{
	const struct config *c = config_of(l);
	const struct config_origin *idle = &l->result->origins[CONFIG_KEY_session_idle_timeout_s];

	if (c->session_idle_timeout_s > c->session_max_age_s && idle->source != CONFIG_FROM_DEFAULT)
		loader_warning(l, "%s: longer than %s, so it has no effect",
			config_keys[CONFIG_KEY_session_idle_timeout_s].path,
			config_keys[CONFIG_KEY_session_max_age_s].path);
}

/* Those who move in bring longer ones along, so that is no reason to refuse. */
static void
check_waiting(struct loader *l)
{
	const struct config *c = config_of(l);
	const struct {
		enum config_key_id key;
		int64_t wait_ms;
	} waits[] = {
		{CONFIG_KEY_oauth_timeout_s, c->oauth_timeout_s * MS_PER_S},
		{CONFIG_KEY_http_api_timeout_ms, c->http_api_timeout_ms},
		{CONFIG_KEY_token_api_timeout_ms, c->token_api_timeout_ms},
	};

	for (size_t i = 0; i < countof(waits); i++)
		if (waits[i].wait_ms > LANE_DEADLINE_S * MS_PER_S)
			loader_warning(l,
				"%s: works as %ds, after which whoever signs in is told that the "
				"other server did not answer",
				config_keys[waits[i].key].path, (int)LANE_DEADLINE_S);
}

static void
check_metrics(struct loader *l)
{
	const struct config *c = config_of(l);

	if (!c->metrics_enabled || !str_empty(c->metrics_token) ||
		!str_empty(c->metrics_token_file) || l->refused[CONFIG_KEY_metrics_token])
		return;
	if (str_is(c->environment, "production"))
		problem(l, CONFIG_KEY_metrics_token,
			"missing: make one with `openssl rand -base64 32`, or set "
			"metrics.enabled to false");
	else
		loader_warning(l, "%s: missing, so anybody can read /metrics",
			config_keys[CONFIG_KEY_metrics_token].path);
}

static void
check_device(struct loader *l)
{
	const struct config *c = config_of(l);

	if (c->device_interval_s >= c->device_code_ttl_s)
		problem(l, CONFIG_KEY_device_interval_s,
			"must be shorter than device.code_expiration");
}

static void
check_redis(struct loader *l)
{
	const struct config *c = config_of(l);
	struct endpoint endpoint;

	if (str_is(c->rate_limit_store, "redis") && endpoint_parse(c->redis_addr, &endpoint))
		problem(l, CONFIG_KEY_redis_addr,
			"expected host:port, [v6]:port or the path of a socket");
}

/* Anybody may register; power over the server is given by an operator. */
static void
check_registration(struct loader *l)
{
	STR_EACH (word, config_of(l)->registration_scopes)
		if (str_is(word, "authgate:admin"))
			problem(l, CONFIG_KEY_registration_scopes,
				"authgate:admin is not for clients that register themselves");
}

static void
check_audit(struct loader *l)
{
	struct str where = config_of(l)->audit_anchor;

	if (!str_is(where, "off") && !str_is(where, "journald") &&
		!(str_starts(where, STR("file:/")) && where.n > 6))
		problem(l, CONFIG_KEY_audit_anchor,
			"expected off, journald, or file: and an absolute path");
}

/* A warning: of later starts, which write no password, this is no mistake. */
static void
check_credentials(struct loader *l)
{
	struct str path = config_credentials_path(l->arena, config_of(l));
	struct str directory = config_directory_of(path);
	struct stat st;

	if (stat(str_c(l->arena, directory), &st) || !S_ISDIR(st.st_mode))
		loader_warning(l, "%s: %.*s is no directory: a first start would stop there",
			config_keys[CONFIG_KEY_credentials_file].path, STR_ARG(directory));
}

/* Each is somebody's choice; together, and unsaid, they have made bad mornings. */
static void
check_production(struct loader *l)
{
	const struct config *c = config_of(l);
	const struct {
		bool is_so;
		enum config_key_id key;
		const char *text;
	} facts[] = {
		{!c->rate_limit_enabled, CONFIG_KEY_rate_limit_enabled,
			"false: passwords and codes can be guessed without a limit"},
		{c->registration_enabled && !c->registration_token.n && !c->registration_approval,
			CONFIG_KEY_registration_approval,
			"false: any stranger can register a client that works at once"},
		{c->cors_enabled && str_is(c->cors_origins, "*"), CONFIG_KEY_cors_origins,
			"*: pages of every site may read the token endpoint"},
		{c->admin_http, CONFIG_KEY_admin_http,
			"true: the server can be administered from everywhere"},
		{c->http2, CONFIG_KEY_http2, "true: the HTTP library has known weaknesses there"},
	};

	for (size_t i = 0; i < countof(facts) && str_is(c->environment, "production"); i++)
		if (facts[i].is_so)
			loader_warning(l, "%s: %s", config_keys[facts[i].key].path, facts[i].text);
}

typedef void check(struct loader *);

/* To add one: a function above, a name here. */
static check *const checks[] = {
	check_session_secret,
	check_previous_secret,
	check_secrets,
	check_admin_password,
	check_jwt,
	check_jitter,
	check_tls,
	check_ui,
	check_base_url,
	check_server_addr,
	check_networks,
	check_database,
	check_credentials,
	check_session,
	check_waiting,
	check_device,
	check_audit,
	check_redis,
	check_metrics,
	check_cors,
	check_registration,
	check_production,
	signin_check,
};

void
config_check(struct loader *l)
{
	for (size_t i = 0; i < countof(checks); i++)
		checks[i](l);
}
