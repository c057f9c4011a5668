/* The configured limits, as buckets of lib/cache/limiter.h. */
#include "server/gate/limit.h"

#include "lib/base/clock.h"
#include "lib/base/endpoint.h"
#include "lib/base/log.h"
#include "lib/cache/redis.h"
#include "lib/config/config.h"
#include "lib/crypto/digest.h"
#include "server/engine/work.h"
#include "server/gate/known_browser.h"
#include "server/server.h"

enum { SITE_SHARES = 16 };
enum { MINUTE_MS = 60 * MS_PER_S, CAPACITY = 256 * 1024, OWN_CAPACITY = 16 * 1024 };

static bool
counts_alone_meanwhile(const struct config *config)
{
	return str_is(config->rate_limit_redis_down, "memory");
}

static void
tell(void *context, bool is_there, const char *why)
{
	struct server *server = context;
	bool alone = counts_alone_meanwhile(server_config(server));

	metrics_set(server->metrics, METRIC_REDIS_UP, 0, is_there);
	if (!alone)
		health_set(&server->health, HEALTH_LIMITS,
			is_there ? NULL : "limits cannot be counted: Redis does not answer", why);
	if (is_there)
		log_info("Redis answers", log_c("limits", "counted by all nodes together"));
	else
		log_warning("Redis does not answer",
			log_c("limits", alone ? "counted by this node alone"
					      : "requests with a limit are refused"),
			log_c("why", why));
}

static enum err
share(struct server *server, struct diag *diag)
{
	const struct config *config = server_config(server);
	struct redis_setup setup = {
		.password = config->redis_password,
		.db = config->redis_db,
		.wait_ms = config->redis_timeout_ms,
		.connections = work_thread_count(server),
		.script = &limiter_script,
		.tell = tell,
		.context = server,
	};
	struct secret from = {0}, key = {0};
	enum err e;

	if (endpoint_parse(config->redis_addr, &setup.endpoint))
		return diag_set(diag, ERR_CONFIG, "redis.addr \"%.*s\" is no address",
			STR_ARG(config->redis_addr));
	metrics_set(server->metrics, METRIC_REDIS_UP, 0, true);
	if ((e = redis_start(&setup, &server->redis, diag)))
		return e;
	secret_set(&from, config->session_secret.p, config->session_secret.n);
	derive_key(&from, "authgate limits", &key);
	limiter_share(server->limits, server->redis, &key, counts_alone_meanwhile(config));
	secret_free(&from);
	secret_free(&key);
	return OK;
}

enum err
limit_start(struct server *server, struct diag *diag)
{
	server->limits = limiter_new(CAPACITY);
	server->own_limits = limiter_new(OWN_CAPACITY);
	return server->limits_are_shared ? share(server, diag) : OK;
}

void
limit_stop(struct server *server)
{
	limiter_free(server->limits);
	limiter_free(server->own_limits);
	redis_stop(server->redis);
}

bool
limit_may_wait(const struct exchange *x)
{
	return x->server->redis && x->route->limit != LIMIT_NONE;
}

struct limit_rule
limit_rule(const struct config *c, enum limit limit)
{
	const struct {
		int64_t per_minute;
		int64_t burst;
	} rules[LIMIT_COUNT] = {
		[LIMIT_NONE] = {0, 0},
		[LIMIT_LOGIN] = {c->login_limit, c->login_burst},
		[LIMIT_DEVICE_CODE] = {c->device_code_limit, c->device_code_burst},
		[LIMIT_TOKEN] = {c->token_limit, c->token_burst},
		[LIMIT_INTROSPECT] = {c->introspect_limit, c->introspect_burst},
		[LIMIT_AUTHORIZE] = {c->authorize_limit, c->authorize_burst},
		[LIMIT_REGISTER] = {c->register_limit, c->register_burst},
		[LIMIT_ADMIN] = {c->admin_limit, c->admin_burst},
		[LIMIT_DEVICE_VERIFY] = {c->device_verify_limit, c->device_verify_burst},
		[LIMIT_USERINFO] = {c->userinfo_limit, c->userinfo_burst},
		[LIMIT_CLIENT] = {c->client_limit, c->client_burst},
	};
	int64_t per_minute = rules[limit].per_minute;
	int64_t burst = rules[limit].burst > 0 ? rules[limit].burst : per_minute;
	int64_t period_ms = per_minute > 0 ? MINUTE_MS / per_minute : 0;

	if (per_minute > MINUTE_MS)
		period_ms = 1;
	return (struct limit_rule){.period_ms = period_ms, .burst = burst};
}

const char *
limit_name(enum limit limit)
{
	static const char *const names[LIMIT_COUNT] = {
		[LIMIT_LOGIN] = "login",
		[LIMIT_DEVICE_CODE] = "device_code",
		[LIMIT_TOKEN] = "token",
		[LIMIT_INTROSPECT] = "introspect",
		[LIMIT_AUTHORIZE] = "authorize",
		[LIMIT_REGISTER] = "register",
		[LIMIT_ADMIN] = "admin",
		[LIMIT_DEVICE_VERIFY] = "device_verify",
		[LIMIT_USERINFO] = "userinfo",
		[LIMIT_CLIENT] = "client",
		[LIMIT_ACCOUNT] = "account",
	};

	return names[limit];
}

void
limit_count(struct exchange *x, enum limit limit, int64_t wait_ms)
{
	size_t decision = wait_ms ? LABEL_DECISION_LIMITED : LABEL_DECISION_ALLOWED;

	if (wait_ms == LIMITER_UNKNOWN)
		decision = LABEL_DECISION_UNKNOWN;
	metrics_count(x->cx.metrics, METRIC_LIMIT_DECISIONS,
		METRIC_SERIES(limit - LIMIT_NONE - 1, DECISION, decision));
}

/* Who comes by the admin socket is no stranger. */
static bool
is_counted(const struct exchange *x)
{
	return x->route->limit != LIMIT_NONE && x->cx.config->rate_limit_enabled &&
	       x->request.peer_uid < 0;
}

bool
limit_is_personal(const struct route *route)
{
	return route->limit == LIMIT_DEVICE_VERIFY;
}

/* The buckets of a request, and what their keys point to. */
struct share {
	struct ipaddr ip, site;
	struct id one;
	struct limit_bucket buckets[3];
	size_t count;
};

/* One of several behind an address has its own share, and all of them ten together. */
static void
share_of_one(struct share *s, unsigned kind, struct id one, unsigned kind_of_all)
{
	struct limit_bucket all = s->buckets[0];

	s->one = one;
	s->buckets[0].kind = kind;
	s->buckets[0].key = (struct str){(const char *)s->one.bytes, ID_SIZE};
	all.kind = kind_of_all;
	all.rule.period_ms = (all.rule.period_ms + 9) / 10;
	all.rule.burst *= 10;
	s->buckets[1] = all;
	s->count = 2;
}

/* A subscriber with a /48 has 65,536 networks, and of them all so many times the
 * share of one. */
static void
share_of_site(const struct exchange *x, struct share *s)
{
	struct limit_bucket site = s->buckets[0];

	if (s->ip.size != 16)
		return;
	s->site = ipaddr_site(x->request.ip);
	site.kind = LIMITER_SITE + x->route->limit;
	site.key = (struct str){(const char *)s->site.bytes, s->site.size};
	site.rule.period_ms = (site.rule.period_ms + SITE_SHARES - 1) / SITE_SHARES;
	site.rule.burst *= SITE_SHARES;
	s->buckets[s->count++] = site;
}

/* Known browsers, and people who are signed in.  Ten shares together, because who has
 * signed in once could make himself any number of browsers. */
static void
share_of(const struct exchange *x, struct share *s)
{
	struct known_browser browser;

	s->ip = ipaddr_limit_key(x->request.ip);
	s->buckets[0] = (struct limit_bucket){
		.kind = x->route->limit,
		.key = {(const char *)s->ip.bytes, s->ip.size},
		.rule = limit_rule(x->cx.config, x->route->limit),
	};
	s->count = 1;
	share_of_site(x, s);
	if (limit_is_personal(x->route) && x->has_session)
		share_of_one(s, LIMITER_DEVICE_VERIFY, x->user.id, x->route->limit);
	else if (x->route->limit == LIMIT_LOGIN && known_browser_read(x, &browser))
		share_of_one(s, LIMITER_KNOWN_BROWSER, browser.id, LIMITER_KNOWN_BROWSERS);
}

int64_t
limit_take(struct exchange *x)
{
	struct share s;
	int64_t wait_ms;

	if (!is_counted(x))
		return 0;
	share_of(x, &s);
	wait_ms = limiter_take_all(x->server->limits, s.buckets, s.count, x->cx.now_ms);
	limit_count(x, x->route->limit, wait_ms);
	x->counted = !wait_ms;
	return wait_ms;
}

void
limit_give_back(struct exchange *x)
{
	struct share s;

	if (!x->counted)
		return;
	x->counted = false;
	share_of(x, &s);
	limiter_give_all_back(x->server->limits, s.buckets, s.count);
}

/* A handler that is run again has been counted. */
int64_t
limit_take_client(struct exchange *x, struct id client)
{
	struct str key = {(const char *)client.bytes, ID_SIZE};

	int64_t wait_ms;

	if (exchange_has_raced(x) || !is_counted(x))
		return 0;
	wait_ms = limiter_take(x->server->limits, LIMIT_CLIENT, key,
		limit_rule(x->cx.config, LIMIT_CLIENT), x->cx.now_ms);
	limit_count(x, LIMIT_CLIENT, wait_ms);
	return wait_ms;
}
