/* What must hold for signing in with other servers. */
#include "lib/base/url.h"
#include "lib/config/loader.h"

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

static bool
is_header_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool alnum = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');

		if (!alnum && c != '-' && c != '_')
			return false;
	}
	return s.n > 0 && s.n <= 64;
}

/* Of one of the services: where its keys are, and what travels there. */
struct service_keys {
	enum config_key_id url, auth_mode, auth_secret, auth_secret_file, auth_header, insecure;
	const char *cargo;
};

#define SERVICE_KEYS(prefix, what) \
	{ \
		.url = CONFIG_KEY_##prefix##_url, .auth_mode = CONFIG_KEY_##prefix##_auth_mode, \
		.auth_secret = CONFIG_KEY_##prefix##_auth_secret, \
		.auth_secret_file = CONFIG_KEY_##prefix##_auth_secret_file, \
		.auth_header = CONFIG_KEY_##prefix##_auth_header, \
		.insecure = CONFIG_KEY_##prefix##_insecure, .cargo = what, \
	}

static struct str
text_of(const struct loader *l, enum config_key_id id)
{
	const void *at = (const char *)config_of(l) + config_keys[id].offset;

	return *(const struct str *)at;
}

static void
check_service(struct loader *l, const struct service_keys *k)
{
	struct str address = text_of(l, k->url), mode = text_of(l, k->auth_mode);
	bool has_secret = text_of(l, k->auth_secret).n || text_of(l, k->auth_secret_file).n;
	struct url url;

	if (url_parse(address, &url, NULL) || !url.host.n || url.has_fragment || url.has_userinfo ||
		(!str_is(url.scheme, "https") &&
			!(str_is(url.scheme, "http") && url_is_loopback(&url))))
		problem(l, k->url,
			arena_printf(l->arena,
				"expected an https:// URL, because %s are sent there (http:// for "
				"this computer only)",
				k->cargo));
	if (!str_is(mode, "none") && !has_secret)
		problem(l, k->auth_secret,
			arena_printf(l->arena, "missing, but %s needs it",
				config_keys[k->auth_mode].path));
	if (str_is(mode, "simple") && !is_header_name(text_of(l, k->auth_header)))
		problem(l, k->auth_header, "expected the name of a header");
	if (*(const bool *)((const char *)config_of(l) + config_keys[k->insecure].offset))
		loader_warning(l, "%s: whoever is on the way gets %s",
			config_keys[k->insecure].path, k->cargo);
}

static void
check_http_api(struct loader *l)
{
	static const struct service_keys keys = SERVICE_KEYS(http_api, "passwords");

	if (!str_is(config_of(l)->auth_mode, "http_api"))
		return;
	if (config_of(l)->http_api_url.n)
		check_service(l, &keys);
	else
		problem(l, keys.url, "missing, but auth.mode is http_api");
}

/* Without the mode as well: a client may say that its tokens are made there. */
static void
check_token_api(struct loader *l)
{
	static const struct service_keys keys = SERVICE_KEYS(token_api, "tokens");
	struct str url = config_of(l)->token_api_url;

	if (url.n) {
		check_service(l, &keys);
		if (str_has_char(url, '?'))
			problem(l, keys.url, "expected no query: /generate is put behind");
	} else if (str_is(config_of(l)->token_provider_mode, "http_api"))
		problem(l, keys.url, "missing, but token_provider.mode is http_api");
}

static void
check_oauth(struct loader *l)
{
	if (config_of(l)->oauth_insecure && config_of(l)->providers_count)
		loader_warning(l, "%s: whoever is on the way can sign in as anybody",
			config_keys[CONFIG_KEY_oauth_insecure].path);
}

void
signin_check(struct loader *l)
{
	check_http_api(l);
	check_token_api(l);
	check_oauth(l);
}
