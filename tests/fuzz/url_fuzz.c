/* Our reading of a URL against two others: the expression of RFC 3986
 * appendix B, and libcurl, which is what fetches.  Local paths are resolved as
 * a browser does, once more after decoding, and must stay local. */
#include "lib/base/ipaddr.h"
#include "lib/base/url.h"

#include <curl/curl.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct str
group(const char *text, const regmatch_t *m)
{
	return m->rm_so < 0 ? STR_NONE
			    : (struct str){text + m->rm_so, (size_t)(m->rm_eo - m->rm_so)};
}

static void
check_expression(const char *text, const struct url *u)
{
	static regex_t expression;
	static bool ready;
	regmatch_t m[10];

	if (!ready)
		ready = regcomp(&expression,
				"^(([^:/?#]+):)?(//([^/?#]*))?([^?#]*)(\\?([^#]*))?(#(.*))?",
				REG_EXTENDED) == 0;
	if (regexec(&expression, text, 10, m, 0) != 0 || !str_eq(group(text, &m[2]), u->scheme) ||
		!str_eq(group(text, &m[5]), u->path) || !str_eq(group(text, &m[7]), u->query) ||
		(m[6].rm_so >= 0) != u->has_query || (m[8].rm_so >= 0) != u->has_fragment ||
		(m[3].rm_so >= 0) != (u->host.n > 0) ||
		str_has_char(group(text, &m[4]), '@') != u->has_userinfo)
		abort();
}

static bool
same_host(struct str ours, struct str theirs)
{
	struct ipaddr a, b;

	if (theirs.n && theirs.p[0] == '[')
		theirs = str_first(str_from(theirs, 1), theirs.n - 2);
	if (!ipaddr_parse(ours, &a) && !ipaddr_parse(theirs, &b))
		return memcmp(&a, &b, sizeof a) == 0;
	return str_eq(ours, theirs);
}

static struct str
part(struct arena *a, CURLU *theirs, CURLUPart what)
{
	struct str copy = STR_NONE;
	char *text = NULL;

	if (curl_url_get(theirs, what, &text, 0) == CURLUE_OK)
		copy = str_copy(a, str_of(text));
	curl_free(text);
	return copy;
}

static void
check_curl(struct arena *a, const char *text, const struct url *u)
{
	CURLU *theirs = curl_url();

	if (curl_url_set(theirs, CURLUPART_URL, text, CURLU_PATH_AS_IS) != CURLUE_OK)
		goto out; /* it may refuse more than we do */
	if (!same_host(u->host, part(a, theirs, CURLUPART_HOST)) ||
		!str_eq(u->port, part(a, theirs, CURLUPART_PORT)) ||
		!str_eq(u->path.n ? u->path : STR("/"), part(a, theirs, CURLUPART_PATH)))
		abort();
out:
	curl_url_cleanup(theirs);
}

/* The path a browser would ask for, relative to "/": tabs and line ends go,
 * backslashes are slashes, dot segments are resolved. */
static struct str
resolve(struct arena *a, struct str s)
{
	char *out = arena_alloc(a, s.n + 2);
	size_t n = 0;
	struct str rest = str_from(s, 1);

	for (bool more = true; more;) {
		size_t length = strcspn(rest.p, "/\\?#");
		struct str segment = str_first(rest, length);

		more = length < rest.n && (rest.p[length] == '/' || rest.p[length] == '\\');
		rest = str_from(rest, length + more);
		if (str_is(segment, "..")) {
			while (n && out[--n] != '/')
				;
		} else if (!str_is(segment, ".")) {
			out[n++] = '/';
			memcpy(out + n, segment.p, segment.n);
			n += segment.n;
		}
	}
	return (struct str){out, n};
}

static struct str
strip(struct arena *a, struct str s)
{
	char *out = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++)
		if (!strchr("\t\r\n", s.p[i]))
			out[n++] = s.p[i];
	return (struct str){out, n};
}

static struct str
decode(struct arena *a, struct str s)
{
	char *out = arena_alloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		char digits[3] = {0};

		out[n] = s.p[i];
		if (s.p[i] == '%' && s.n - i > 2) {
			memcpy(digits, s.p + i + 1, 2);
			out[n] = (char)strtoul(digits, NULL, 16);
			i += 2;
		}
		n++;
	}
	return (struct str){out, n};
}

static void
check_local_path(struct arena *a, struct str s)
{
	for (int pass = 0; pass < 2; pass++) {
		struct str path = strip(a, s);

		if (!str_starts(path, STR("/")) || str_starts(path, STR("//")) ||
			str_starts(path, STR("/\\")) || str_starts(resolve(a, path), STR("//")))
			abort();
		s = decode(a, s);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str s = {(const char *)data, size};
	struct arena a = {0};
	struct url u;
	struct diag d;

	if (!url_parse(s, &u, &d)) {
		const char *text = str_c(&a, s);

		check_expression(text, &u);
		if (str_is(u.scheme, "https") || str_is(u.scheme, "http"))
			check_curl(&a, text, &u);
	}
	if (url_is_local_path(s))
		check_local_path(&a, s);
	arena_free(&a);
	return 0;
}
