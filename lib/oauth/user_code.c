/* Codes for people: random, as typed, as shown. */
#include "lib/oauth/user_code.h"

#include "lib/base/buf.h"
#include "lib/crypto/random.h"

#include <string.h>

/* Without I, L, O, 0 and 1. */
static const char alphabet[] = "ABCDEFGHJKMNPQRSTUVWXYZ23456789";
_Static_assert(sizeof alphabet - 1 == USER_CODE_ALPHABET, "the header says how many");

enum { TYPED_MAX = 64, GROUP_MAX = 4 };

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

enum err
user_code_canonical(struct arena *arena, struct str typed, struct str *ret)
{
	char *code = arena_alloc(arena, USER_CODE_LENGTH_MAX + 1);
	size_t n = 0;

	if (typed.n > TYPED_MAX)
		return ERR_MALFORMED;
	for (size_t i = 0; i < typed.n; i++) {
		char c = upper(typed.p[i]);

		if (c == '-' || c == ' ' || c == '\t')
			continue;
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
