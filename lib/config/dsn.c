/* Rather too much is masked than too little: a DSN that is torn or unusual is
 * cut where its password may begin. */
#include "lib/config/dsn.h"

#include <string.h>
#include <strings.h>

static size_t
find(struct str s, const char *word)
{
	size_t n = strlen(word);

	for (size_t i = 0; i + n <= s.n; i++)
		if (strncasecmp(s.p + i, word, n) == 0)
			return i;
	return s.n;
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

/* scheme://user:***@host/name; query parameters may hold a password as well. */
static struct str
masked_url(struct arena *a, struct str dsn, size_t start)
{
	struct str rest = str_from(dsn, start);
	size_t end = last_at(rest), colon = find(rest, ":");
	struct str head = str_first(dsn, start), tail = rest;

	if (end < rest.n && colon < end) {
		head = str_printf(
			a, "%.*s%.*s:***", STR_ARG(head), STR_ARG(str_first(rest, colon)));
		tail = str_from(rest, end);
	}
	if (find(tail, "password") < tail.n)
		return str_printf(a, "%.*s%.*s?***", STR_ARG(head),
			STR_ARG(str_first(tail, find(tail, "?"))));
	return str_printf(a, "%.*s%.*s", STR_ARG(head), STR_ARG(tail));
}

struct str
dsn_masked(struct arena *a, struct str dsn)
{
	size_t scheme = find(dsn, "://"), word = find(dsn, "password");

	if (scheme < dsn.n)
		return masked_url(a, dsn, scheme + 3);
	/* Values may be quoted and escaped: everything behind the word goes. */
	if (word < dsn.n)
		return str_printf(a, "%.*spassword=***", STR_ARG(str_first(dsn, word)));
	return dsn;
}

bool
dsn_is_postgres(struct str dsn)
{
	return str_starts(dsn, STR("postgres://")) || str_starts(dsn, STR("postgresql://")) ||
	       str_has_char(dsn, '=');
}
