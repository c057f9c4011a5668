/* Which redirect URIs are allowed, and which are equal. */
#include "lib/oauth/redirect.h"

#include "lib/base/url.h"

enum { REDIRECT_URI_MAX = 2048 };

static bool
has_dot_segment(struct str path)
{
	while (path.n) {
		struct str segment = str_cut(&path, '/');

		if (str_is(segment, ".") || str_is(segment, ".."))
			return true;
	}
	return false;
}

static bool
is_private_use(const struct url *url)
{
	return str_has_char(url->scheme, '.');
}

static enum err
check_shape(struct str uri, struct url *url, struct diag *diag)
{
	if (uri.n > REDIRECT_URI_MAX)
		return diag_set(diag, ERR_INVALID_REDIRECT_URI, "the redirect URI is too long");
	if (url_parse(uri, url, diag))
		return ERR_INVALID_REDIRECT_URI;
	if (url->has_fragment)
		return diag_set(diag, ERR_INVALID_REDIRECT_URI, "a redirect URI has no fragment");
	if (url->has_userinfo)
		return diag_set(diag, ERR_INVALID_REDIRECT_URI, "a redirect URI names no user");
	if (str_has_char(uri, '*') || str_has_char(uri, '%') || has_dot_segment(url->path))
		return diag_set(diag, ERR_INVALID_REDIRECT_URI,
			"a redirect URI is plain: no '*', no '%%', no dot segments");
	return OK;
}

enum err
redirect_may_register(struct str uri, bool native, struct diag *diag)
{
	struct url url;
	enum err e;

	if ((e = check_shape(uri, &url, diag)))
		return e;
	if (str_is(url.scheme, "https"))
		return OK;
	if (str_is(url.scheme, "http") && url_is_loopback(&url))
		return OK;
	if (native && is_private_use(&url))
		return OK;
	return diag_set(diag, ERR_INVALID_REDIRECT_URI,
		"a redirect URI is https, http to this computer, or for native clients a scheme "
		"like com.example.app");
}

/* Section 7.3: the IP literals only; "localhost" may resolve to anything. */
static bool
is_loopback_literal(const struct url *url)
{
	return str_is(url->scheme, "http") && !url->has_userinfo && !url->has_fragment &&
	       (str_is(url->host, "127.0.0.1") || str_is(url->host, "::1"));
}

static bool
is_equal_but_for_port(struct str a, struct str b)
{
	struct url x, y;

	if (url_parse(a, &x, NULL) || url_parse(b, &y, NULL))
		return false;
	return is_loopback_literal(&x) && is_loopback_literal(&y) && str_eq(x.host, y.host) &&
	       str_eq(x.path, y.path) && x.has_query == y.has_query && str_eq(x.query, y.query);
}

bool
redirect_is_registered(struct str uri, struct str registered, bool native)
{
	STR_EACH (one, registered) {
		if (str_eq(uri, one) || (native && is_equal_but_for_port(uri, one)))
			return true;
	}
	return false;
}

struct str
redirect_origin(struct arena *arena, struct str uri)
{
	struct url url;
	bool v6;

	if (url_parse(uri, &url, NULL))
		return STR_NONE;
	if (!url.host.n)
		return str_printf(arena, "%.*s:", STR_ARG(url.scheme));
	v6 = str_has_char(url.host, ':');
	return str_printf(arena, "%.*s://%s%.*s%s%s%.*s", STR_ARG(url.scheme), v6 ? "[" : "",
		STR_ARG(url.host), v6 ? "]" : "", url.port.n ? ":" : "", STR_ARG(url.port));
}
