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

/* The passwords of everybody travel there. */
static void
check_http_api(struct loader *l)
{
	const struct config *c = config_of(l);
	bool has_secret = c->http_api_auth_secret.n || c->http_api_auth_secret_file.n;
	struct url url;

	if (!str_is(c->auth_mode, "http_api"))
		return;
	if (!c->http_api_url.n)
		problem(l, CONFIG_KEY_http_api_url, "missing, but auth.mode is http_api");
	else if (url_parse(c->http_api_url, &url, NULL) || !url.host.n || url.has_fragment ||
		 url.has_userinfo ||
		 (!str_is(url.scheme, "https") &&
			 !(str_is(url.scheme, "http") && url_is_loopback(&url))))
		problem(l, CONFIG_KEY_http_api_url,
			"expected an https:// URL, because passwords are sent there (http:// for "
			"this computer only)");
	if (!str_is(c->http_api_auth_mode, "none") && !has_secret)
		problem(l, CONFIG_KEY_http_api_auth_secret,
			"missing, but http_api.auth_mode needs it");
	if (str_is(c->http_api_auth_mode, "simple") && !is_header_name(c->http_api_auth_header))
		problem(l, CONFIG_KEY_http_api_auth_header, "expected the name of a header");
	if (c->http_api_insecure)
		loader_warning(l, "%s: whoever is on the way gets the passwords of your people",
			config_keys[CONFIG_KEY_http_api_insecure].path);
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
	check_oauth(l);
}
