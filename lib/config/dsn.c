/* Rather too much is masked than too little: what is shown is what is known to be
 * no secret, up to the first that is not. */
#include "lib/config/dsn.h"

#include "lib/base/buf.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

enum { SHOWN_MAX = 64 * 1024 };

/* What libpq knows and nobody has to hide. */
static const char *const open_keys[] = {
	"host",
	"hostaddr",
	"port",
	"dbname",
	"user",
	"sslmode",
	"sslrootcert",
	"sslcert",
	"sslkey",
	"sslcrl",
	"ssl_min_protocol_version",
	"channel_binding",
	"gssencmode",
	"passfile",
	"service",
	"application_name",
	"client_encoding",
	"connect_timeout",
	"keepalives",
	"keepalives_idle",
	"keepalives_interval",
	"keepalives_count",
	"tcp_user_timeout",
	"target_session_attrs",
	"timezone",
};

static bool
is_open(struct str key)
{
	for (size_t i = 0; i < countof(open_keys); i++)
		if (str_is_nocase(key, open_keys[i]))
			return true;
	return false;
}

static size_t
find_char(struct str s, char c)
{
	const char *at = s.n ? memchr(s.p, c, s.n) : NULL;

	return at ? (size_t)(at - s.p) : s.n;
}

/* Where the last @ is, s.n if there is none. */
static size_t
last_at(struct str s)
{
	for (size_t i = s.n; i > 0; i--)
		if (s.p[i - 1] == '@')
			return i - 1;
	return s.n;
}

/* ---- key=value pairs ---- */

struct pair {
	struct str key, text; /* text: the whole pair, as it is written */
};

static struct str
without_blanks(struct str s)
{
	while (s.n && isspace((unsigned char)*s.p))
		s = str_from(s, 1);
	return s;
}

/* Length of a value as libpq reads it: quoted or not, \ before what is meant; SIZE_MAX
 * if its quote is never closed. */
static size_t
value_length(struct str s)
{
	bool quoted = s.n && *s.p == '\'';
	size_t i = quoted;

	for (; i < s.n; i++) {
		if (s.p[i] == '\\' && i + 1 < s.n)
			i++;
		else if (quoted && s.p[i] == '\'')
			return i + 1;
		else if (!quoted && isspace((unsigned char)s.p[i]))
			return i;
	}
	return quoted ? SIZE_MAX : s.n;
}

/* Takes the next pair; false at the end, and where there is none. */
static bool
next_pair(struct str *rest, struct pair *ret)
{
	struct str s = without_blanks(*rest), value;
	size_t key = 0, n;

	while (key < s.n && (isalnum((unsigned char)s.p[key]) || s.p[key] == '_'))
		key++;
	value = without_blanks(str_from(s, key));
	if (!key || !value.n || *value.p != '=')
		return false;
	value = without_blanks(str_from(value, 1));
	n = value_length(value);
	if (n == SIZE_MAX)
		return false;
	*ret = (struct pair){str_first(s, key), {s.p, (size_t)(value.p + n - s.p)}};
	*rest = str_from(value, n);
	return true;
}

static bool
is_pairs(struct str dsn)
{
	struct pair pair;

	if (!next_pair(&dsn, &pair))
		return false;
	while (next_pair(&dsn, &pair))
		;
	return !without_blanks(dsn).n;
}

static struct str
masked_pairs(struct arena *a, struct str dsn)
{
	struct pair pair = {STR_NONE, STR_NONE};
	struct buf out;

	buf_init(&out, a, SHOWN_MAX);
	while (next_pair(&dsn, &pair) && is_open(pair.key))
		buf_add_printf(&out, "%s%.*s", out.n ? " " : "", STR_ARG(pair.text));
	if (pair.key.n && !is_open(pair.key))
		buf_add_printf(&out, "%s%.*s=***", out.n ? " " : "", STR_ARG(pair.key));
	else if (without_blanks(dsn).n)
		buf_add_c(&out, out.n ? " ***" : "***");
	return buf_str(&out);
}

/* ---- URLs ---- */

static bool
is_port(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if (!isdigit((unsigned char)s.p[i]))
			return false;
	return true;
}

/* host:port,[v6]:port: a : before anything but a port begins a password whose @ and
 * host were forgotten. */
static bool
is_hosts(struct str s)
{
	while (s.n) {
		struct str host = str_cut(&s, ',');
		size_t bracket = find_char(host, ']');

		if (bracket < host.n)
			host = str_from(host, bracket);
		(void)str_cut(&host, ':');
		if (!is_port(host))
			return false;
	}
	return true;
}

static void
add_query(struct buf *out, struct str query)
{
	const char *before = "?";

	while (query.n) {
		struct str value = str_cut(&query, '&');
		struct str key = str_cut(&value, '=');

		if (!is_open(key)) {
			buf_add_printf(out, "%s***", before);
			return;
		}
		buf_add_printf(out, "%s%.*s=%.*s", before, STR_ARG(key), STR_ARG(value));
		before = "&";
	}
}

/* scheme://user:***@host/name, cut at `start`, where the user or the host begins. */
static struct str
masked_url(struct arena *a, struct str dsn, size_t start)
{
	struct str rest = str_from(dsn, start), tail = rest, hosts;
	size_t end = last_at(rest), colon = find_char(rest, ':');
	struct buf out;

	buf_init(&out, a, SHOWN_MAX);
	buf_add(&out, str_first(dsn, start));
	if (end < rest.n) {
		tail = str_from(rest, end);
		buf_add(&out, str_first(rest, colon < end ? colon : end));
		buf_add_c(&out, colon < end ? ":***" : "");
	}
	hosts = str_first(tail, find_char(tail, '?'));
	hosts = str_first(hosts, find_char(hosts, '/'));
	if (!is_hosts(hosts)) {
		buf_add_printf(&out, "%.*s:***", STR_ARG(str_first(hosts, find_char(hosts, ':'))));
		return buf_str(&out);
	}
	buf_add(&out, str_cut(&tail, '?'));
	add_query(&out, tail);
	return buf_str(&out);
}

/* ---- what it is ---- */

/* The length of "postgres:" and the like in front, with all slashes; 0 if none is there. */
static size_t
scheme_length(struct str s)
{
	size_t n = 0;

	while (n < s.n && (isalnum((unsigned char)s.p[n]) || (n && strchr("+.-", s.p[n]))))
		n++;
	if (!n || n == s.n || s.p[n] != ':')
		return 0;
	for (n++; n < s.n && s.p[n] == '/'; n++)
		;
	return n;
}

static bool
is_url(struct str dsn)
{
	return str_starts(dsn, STR("postgres://")) || str_starts(dsn, STR("postgresql://"));
}

struct str
dsn_masked(struct arena *a, struct str dsn)
{
	size_t scheme = scheme_length(dsn);
	bool names_postgres = dsn.n >= 8 && strncasecmp(dsn.p, "postgres", 8) == 0;

	if (is_url(dsn))
		return masked_url(a, dsn, scheme);
	/* Torn: nobody knows what of it is the password. */
	if (last_at(dsn) < dsn.n)
		return str_printf(a, "%.*s***%.*s", STR_ARG(str_first(dsn, scheme)),
			STR_ARG(str_from(dsn, last_at(dsn))));
	if (scheme && names_postgres)
		return str_printf(a, "%.*s***", STR_ARG(str_first(dsn, scheme)));
	return str_has_char(dsn, '=') ? masked_pairs(a, dsn) : dsn;
}

bool
dsn_is_postgres(struct str dsn)
{
	return is_url(dsn) || is_pairs(dsn);
}

bool
dsn_is_file(struct str dsn)
{
	struct str first = without_blanks(dsn);
	size_t scheme = scheme_length(dsn);
	struct pair pair;

	if (next_pair(&first, &pair) && (is_open(pair.key) || str_is_nocase(pair.key, "password")))
		return false;
	/* "C:" of another system aside, a name with a scheme is another database's. */
	return !scheme || str_starts(dsn, STR("file:"));
}

/* ---- what libpq does not take ---- */

static bool
is_timezone(struct str key)
{
	return str_is_nocase(key, "timezone");
}

static struct str
url_without_timezone(struct arena *a, struct str dsn)
{
	struct str query = dsn, head = str_cut(&query, '?');
	const char *before = "?";
	struct buf out;

	buf_init(&out, a, SHOWN_MAX);
	buf_add(&out, head);
	while (query.n) {
		struct str parameter = str_cut(&query, '&'), key = parameter;

		if (is_timezone(str_cut(&key, '=')))
			continue;
		buf_add_printf(&out, "%s%.*s", before, STR_ARG(parameter));
		before = "&";
	}
	return buf_str(&out);
}

struct str
dsn_for_libpq(struct arena *a, struct str dsn)
{
	struct str rest = dsn;
	struct pair pair;
	struct buf out;

	if (is_url(dsn))
		return url_without_timezone(a, dsn);
	if (!is_pairs(dsn))
		return dsn;
	buf_init(&out, a, SHOWN_MAX);
	while (next_pair(&rest, &pair))
		if (!is_timezone(pair.key))
			buf_add_printf(&out, "%s%.*s", out.n ? " " : "", STR_ARG(pair.text));
	return buf_str(&out);
}
