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

static int
hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	return (c | 0x20) - 'a' + 10;
}

/* An escape that could end a line, or make another path of this one once it is undone.
 * url_parse has seen that each is whole. */
static bool
has_bad_escape(struct str s, bool in_path)
{
	for (size_t i = 0; i + 2 < s.n; i++) {
		int c = s.p[i] == '%' ? hex_value(s.p[i + 1]) * 16 + hex_value(s.p[i + 2]) : 'x';

		if (c < 0x20 || c == 0x7f || (in_path && (c == '/' || c == '\\' || c == '.')))
			return true;
	}
	return false;
}

/* Schemes that browsers and systems give a meaning of their own; what else is one is free for
 * an application to claim.  RFC 8252 section 7.1 wants a dot in those; many have none. */
static const char *const meaningful[] = {"http", "https", "about", "admin", "afp", "blob", "callto",
	"chrome", "chrome-extension", "data", "dns", "edge", "facetime", "feed", "file",
	"filesystem", "finger", "ftp", "ftps", "geo", "git", "gopher", "help", "imap", "intent",
	"ipp", "irc", "itms", "jar", "javascript", "ldap", "ldaps", "livescript", "magnet",
	"mailto", "market", "mhtml", "mid", "mocha", "moz-extension", "news", "nfs", "nntp", "pop",
	"prefs", "rdp", "resource", "rlogin", "rtsp", "sftp", "shell", "sip", "sips", "smb", "sms",
	"smsto", "ssh", "steam", "tel", "telnet", "tftp", "urn", "vbscript", "view-source", "vnc",
	"web", "webcal", "ws", "wss", "xmpp"};

static bool
is_private_use(const struct url *url)
{
	struct str scheme = url->scheme;

	if (str_has_char(scheme, '.'))
		return true;
	/* A single letter is a drive, and ms-... and search-... start programs of Windows. */
	if (scheme.n < 2 || str_starts(scheme, STR("ms-")) || str_starts(scheme, STR("search")))
		return false;
	for (size_t i = 0; i < countof(meaningful); i++)
		if (str_is(scheme, meaningful[i]))
			return false;
	return true;
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
	if (str_has_char(uri, '*') || has_dot_segment(url->path))
		return diag_set(diag, ERR_INVALID_REDIRECT_URI,
			"a redirect URI is plain: no '*', no dot segments");
	if (has_bad_escape(url->path, true) || has_bad_escape(url->query, false))
		return diag_set(diag, ERR_INVALID_REDIRECT_URI,
			"a redirect URI escapes no slash, no dot and no control character");
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
		"of their own like com.example.app");
}

/* Section 7.3 obliges for the IP literals only.  "localhost" is what most tools say, and a name
 * that leads elsewhere leads there on the registered port, too. */
static bool
is_own_computer(const struct url *url)
{
	return str_is(url->scheme, "http") && !url->has_userinfo && !url->has_fragment &&
	       url_is_loopback(url);
}

static bool
is_equal_but_for_port(struct str a, struct str b)
{
	struct url x, y;

	if (url_parse(a, &x, NULL) || url_parse(b, &y, NULL))
		return false;
	return is_own_computer(&x) && is_own_computer(&y) && str_eq(x.host, y.host) &&
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
	/* What has the host of another's scheme in it is not for a policy to tell apart. */
	if (!str_is(url.scheme, "https") && !str_is(url.scheme, "http"))
		return str_printf(arena, "%.*s:", STR_ARG(url.scheme));
	v6 = str_has_char(url.host, ':');
	return str_printf(arena, "%.*s://%s%.*s%s%s%.*s", STR_ARG(url.scheme), v6 ? "[" : "",
		STR_ARG(url.host), v6 ? "]" : "", url.port.n ? ":" : "", STR_ARG(url.port));
}
