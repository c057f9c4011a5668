/* Codes for people: random, as typed, as shown. */
#include "lib/oauth/user_code.h"

#include "lib/base/buf.h"
#include "lib/crypto/random.h"

#include <string.h>

/* Without I, L, O, 0 and 1. */
static const char alphabet[] = "ABCDEFGHJKMNPQRSTUVWXYZ23456789";
_Static_assert(sizeof alphabet - 1 == USER_CODE_ALPHABET, "the header says how many");

enum { TYPED_MAX = 64, LINK_MAX = 512, GROUP_MAX = 4 };

size_t
user_code_length(int64_t open)
{
	int64_t most = USER_CODES_OPEN_MAX / 5 * 4;
	size_t length = USER_CODE_LENGTH_MIN;

	for (; length < USER_CODE_LENGTH_MAX && open >= most; length++)
		most *= USER_CODE_ALPHABET;
	return length;
}

enum err
user_code_new(struct arena *arena, size_t length, struct str *ret)
{
	char *code = arena_alloc(arena, length + 1);
	enum err e;

	for (size_t i = 0; i < length; i++) {
		uint32_t at;

		if ((e = random_below(USER_CODE_ALPHABET, &at)))
			return e;
		code[i] = alphabet[at];
	}
	*ret = (struct str){code, length};
	return OK;
}

static char
upper(char c)
{
	return c >= 'a' && c <= 'z' ? (char)(c - 'a' + 'A') : c;
}

/* What people and their word processors put between the letters: blanks, and every
 * dash. How many bytes it takes; 0 if a letter stands there. */
static size_t
gap(struct str s)
{
	static const struct str gaps[] = {STR_INIT("-"), STR_INIT(" "), STR_INIT("\t"),
		STR_INIT("\xc2\xa0"), STR_INIT("\xe2\x80\x90"), STR_INIT("\xe2\x80\x91"),
		STR_INIT("\xe2\x80\x92"), STR_INIT("\xe2\x80\x93"), STR_INIT("\xe2\x80\x94"),
		STR_INIT("\xe2\x80\x95"), STR_INIT("\xe2\x88\x92"), STR_INIT("\xef\xb9\xa3"),
		STR_INIT("\xef\xbc\x8d")};

	for (size_t i = 0; i < countof(gaps); i++)
		if (str_starts(s, gaps[i]))
			return gaps[i].n;
	return 0;
}

/* Somebody may have copied the whole link (verification_uri_complete). */
static struct str
code_of_link(struct str typed)
{
	static const char name[] = "user_code=";
	const char *at =
		typed.n <= LINK_MAX ? memmem(typed.p, typed.n, name, sizeof name - 1) : NULL;
	struct str rest;

	if (!at)
		return typed;
	rest = str_from(typed, (size_t)(at - typed.p) + sizeof name - 1);
	rest = str_cut(&rest, '&');
	return str_cut(&rest, '#');
}

enum err
user_code_canonical(struct arena *arena, struct str typed, struct str *ret)
{
	char *code = arena_alloc(arena, USER_CODE_LENGTH_MAX + 1);
	size_t n = 0;

	typed = code_of_link(typed);
	if (typed.n > TYPED_MAX)
		return ERR_MALFORMED;
	for (size_t i = 0, step; i < typed.n; i += step) {
		char c = upper(typed.p[i]);

		if ((step = gap(str_from(typed, i))))
			continue;
		step = 1;
		if (!memchr(alphabet, c, USER_CODE_ALPHABET) || n == USER_CODE_LENGTH_MAX)
			return ERR_MALFORMED;
		code[n++] = c;
	}
	if (n < USER_CODE_LENGTH_MIN)
		return ERR_MALFORMED;
	*ret = (struct str){code, n};
	return OK;
}

/* As even as it goes, the longer groups first. */
struct str
user_code_shown(struct arena *arena, struct str canonical)
{
	size_t groups = (canonical.n + GROUP_MAX - 1) / GROUP_MAX;
	struct buf out;

	buf_init(&out, arena, USER_CODE_SHOWN_MAX);
	for (struct str rest = canonical; groups; groups--) {
		size_t n = (rest.n + groups - 1) / groups;

		if (out.n)
			buf_add_char(&out, '-');
		buf_add(&out, str_first(rest, n));
		rest = str_from(rest, n);
	}
	return buf_str(&out);
}
