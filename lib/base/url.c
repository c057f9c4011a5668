/* Taken apart from left to right; nothing is decoded or normalised. */
#include "lib/base/url.h"
#include "lib/base/ipaddr.h"

enum { URL_SIZE_MAX = 2048, NAME_SIZE_MAX = 253, LABEL_SIZE_MAX = 63 };

static bool
is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool
is_lower(char c)
{
	return c >= 'a' && c <= 'z';
}

static bool
is_hex(char c)
{
	return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

static bool
is_visible(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] <= 0x20 || s.p[i] >= 0x7f || s.p[i] == '\\')
			return false;
	return true;
}

/* Every '%' begins an escape of two hex digits. */
static bool
has_whole_escapes(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] == '%' && (s.n - i < 3 || !is_hex(s.p[i + 1]) || !is_hex(s.p[i + 2])))
			return false;
	return true;
}

static bool
is_scheme(struct str s)
{
	if (!s.n || !is_lower(s.p[0]))
		return false;
	for (size_t i = 1; i < s.n; i++) {
		char c = s.p[i];

		if (!is_lower(c) && !is_digit(c) && c != '+' && c != '-' && c != '.')
			return false;
	}
	return true;
}

/* Letters, digits, '-', '_': no percent-encoded host ever. */
static bool
is_label(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];

		if (!is_lower(c) && !(c >= 'A' && c <= 'Z') && !is_digit(c) && c != '-' && c != '_')
			return false;
	}
	return s.n > 0 && s.n <= LABEL_SIZE_MAX;
}

/* Browsers and resolvers take a host whose last label is a number for an IPv4
 * address, in octal, hex and with parts left out ("0x7f.1"). */
static bool
is_number(struct str label)
{
	bool hex = label.n > 1 && label.p[0] == '0' && (label.p[1] == 'x' || label.p[1] == 'X');

	for (size_t i = hex ? 2 : 0; i < label.n; i++)
		if (hex ? !is_hex(label.p[i]) : !is_digit(label.p[i]))
			return false;
	return true;
}

static bool
is_ip(struct str s)
{
	struct ipaddr unused;

	return !ipaddr_parse(s, &unused);
}

/* A name, or an IPv4 address in its one spelling. */
static bool
is_name(struct str s)
{
	struct str rest = s, label = STR_NONE;

	if (!s.n || s.n > NAME_SIZE_MAX || s.p[s.n - 1] == '.')
		return false;
	while (rest.n) {
		label = str_cut(&rest, '.');
		if (!is_label(label))
			return false;
	}
	return !is_number(label) || is_ip(s);
}

static bool
is_ipv6(struct str s)
{
	return str_has_char(s, ':') && is_ip(s);
}

static bool
is_port(struct str s)
{
	int64_t port;

	return s.n && s.n <= 5 && s.p[0] != '0' && is_digit(s.p[0]) && !str_to_i64(s, &port) &&
	       port <= 65535;
}

static enum err
parse_host(struct str s, struct url *u)
{
	bool bracket = s.n && s.p[0] == '[';
	bool has_port;

	if (bracket) {
		s = str_from(s, 1);
		if (!str_has_char(s, ']'))
			return ERR_MALFORMED;
		u->host = str_cut(&s, ']');
		has_port = s.n > 0;
		if (has_port && s.p[0] != ':')
			return ERR_MALFORMED;
		u->port = str_from(s, 1);
	} else {
		has_port = str_has_char(s, ':');
		u->host = str_cut(&s, ':');
		u->port = s;
	}
	if (bracket ? !is_ipv6(u->host) : !is_name(u->host))
		return ERR_MALFORMED;
	return has_port && !is_port(u->port) ? ERR_MALFORMED : OK;
}

static enum err
parse_authority(struct str s, struct url *u)
{
	if (str_has_char(s, '@')) {
		u->has_userinfo = true;
		(void)str_cut(&s, '@');
	}
	return parse_host(s, u);
}

/* What is behind "scheme:", without query and fragment.  Browsers read
 * "https:evil" and "https:/evil" as "https://evil", so these two schemes need
 * an authority; the others a path that begins with '/' (RFC 8252 section 7.1). */
static enum err
parse_hierarchy(struct str s, struct url *u)
{
	bool web = str_is(u->scheme, "https") || str_is(u->scheme, "http");
	size_t end = 2;

	if (!str_starts(s, STR("//"))) {
		u->path = s;
		return !web && str_starts(s, STR("/")) ? OK : ERR_MALFORMED;
	}
	while (end < s.n && s.p[end] != '/')
		end++;
	u->path = str_from(s, end);
	return parse_authority(str_from(str_first(s, end), 2), u);
}

enum err
url_parse(struct str s, struct url *ret, struct diag *d)
{
	struct url u = {.has_query = false};
	struct str rest = s;

	if (!s.n || s.n > URL_SIZE_MAX || !is_visible(s) || !has_whole_escapes(s))
		return diag_set(d, ERR_MALFORMED,
			"a URL is printable ASCII without spaces and backslashes, at most %d bytes",
			(int)URL_SIZE_MAX);
	u.has_fragment = str_has_char(rest, '#');
	rest = str_cut(&rest, '#');
	u.has_query = str_has_char(rest, '?');
	u.query = rest;
	rest = str_cut(&u.query, '?');
	if (!str_has_char(rest, ':'))
		return diag_set(d, ERR_MALFORMED, "a URL begins with a scheme");
	u.scheme = str_cut(&rest, ':');
	if (!is_scheme(u.scheme))
		return diag_set(d, ERR_MALFORMED, "the scheme of a URL is lower case");
	if (parse_hierarchy(rest, &u))
		return diag_set(d, ERR_MALFORMED, "the host or port of the URL is malformed");
	*ret = u;
	return OK;
}

bool
url_is_loopback(const struct url *u)
{
	return str_is(u->host, "127.0.0.1") || str_is(u->host, "::1") ||
	       str_is_nocase(u->host, "localhost");
}

static int
hex_value(char c)
{
	return is_digit(c) ? c - '0' : (c | 0x20) - 'a' + 10;
}

/* The byte at the start, an escape decoded; *ret_n is how long it is. */
static unsigned char
byte_at(struct str s, size_t *ret_n)
{
	*ret_n = s.p[0] == '%' ? 3 : 1;
	if (s.p[0] != '%')
		return (unsigned char)s.p[0];
	return (unsigned char)(hex_value(s.p[1]) << 4 | hex_value(s.p[2]));
}

/* Nothing in the path that something on the way may decode or resolve: an
 * escaped slash, backslash or control character, an empty segment, "." or
 * ".." in any spelling ("/.//evil" resolves to a path "//evil"). */
static bool
is_plain_path(struct str s)
{
	size_t n, length = 0, dots = 0;

	for (; s.n; s = str_from(s, n)) {
		unsigned char c = byte_at(s, &n);

		if (c < 0x20 || c == 0x7f || c == '\\' || (c == '/' && n == 3))
			return false;
		if (c == '/' && (!length || (length == dots && dots <= 2)))
			return false;
		length = c == '/' ? 0 : length + 1;
		dots = c == '/' ? 0 : dots + (c == '.');
	}
	return !length || length != dots || dots > 2;
}

bool
url_is_local_path(struct str s)
{
	struct str path;

	if (!s.n || s.n > URL_SIZE_MAX || s.p[0] != '/' || !is_visible(s) || !has_whole_escapes(s))
		return false;
	path = str_cut(&s, '#');
	path = str_cut(&path, '?');
	return is_plain_path(str_from(path, 1));
}
