/*
 * struct str: a borrowed view of bytes that carries its length, so that a NUL
 * in the input never ends anything early.  It owns nothing; what it points to
 * must outlive it.  The bytes need not be NUL-terminated.
 */
#ifndef LIB_BASE_STR_H
#define LIB_BASE_STR_H

#include "lib/base/arena.h"
#include "lib/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct str {
	const char *p;
	size_t n;
};

/* A literal as a view, and a view as the two arguments of "%.*s". */
#define STR(literal) ((struct str){"" literal, sizeof(literal) - 1})
/* For the members of a static table, where a compound literal is no constant. */
#define STR_INIT(literal) \
	{ \
		"" literal, sizeof(literal) - 1 \
	}
#define STR_ARG(s) (int)(s).n, str_bytes(s) /* evaluates s twice */
#define STR_NONE   ((struct str){NULL, 0})

/* Never NULL, which "%.*s" does not take. */
static inline const char *
str_bytes(struct str s)
{
	return s.p ? s.p : "";
}

/* Views a C string; NULL gives the empty view. */
struct str str_of(const char *);
bool str_empty(struct str);
bool str_eq(struct str, struct str);
bool str_is(struct str, const char *literal);
/* ASCII case ignored: header names, schemes. */
bool str_is_nocase(struct str, const char *literal);
bool str_eq_nocase(struct str, struct str);
bool str_starts(struct str, struct str prefix);
bool str_ends(struct str, struct str suffix);
bool str_has_char(struct str, char);
/* <0, 0, >0 as memcmp, shorter first. */
int str_cmp(struct str, struct str);

/* Splits at the first sep: *s keeps what is behind it, the part before it is
 * returned.  Without sep the whole is returned and *s becomes empty. */
struct str str_cut(struct str *s, char sep);
/* Next run of bytes that are not space, as scope lists use; empty at the end. */
struct str str_word(struct str *s);
struct str str_trim(struct str); /* spaces and tabs on both ends */
struct str str_from(struct str, size_t start);
struct str str_first(struct str, size_t n);

/* Decimal, optional '-', nothing else around it; ERR_MALFORMED otherwise. */
MUST_USE enum err str_to_i64(struct str, int64_t *ret);

/* Copies into the arena, with a NUL behind. */
struct str str_copy(struct arena *, struct str);
const char *str_c(struct arena *, struct str);
struct str str_printf(struct arena *, const char *format, ...) PRINTF_LIKE(2, 3);

/* True if every byte is printable ASCII (0x20-0x7e): VSCHAR of RFC 6749 A. */
bool str_is_printable(struct str);
/* Length of what stands at the start and no format has to escape: printable
 * ASCII without '"', '\\', '<', '>' and '&'. */
size_t str_plain_prefix(struct str);
/* True if the bytes are well-formed UTF-8 without NUL. */
bool str_is_utf8(struct str);
/* The same text, or a copy with '?' for every byte that is no part of well-formed
 * UTF-8. */
struct str str_to_utf8(struct arena *, struct str);
/* Text of strangers: at most max bytes of it, cut between characters, with U+FFFD
 * for every control character and every byte that is no part of well-formed UTF-8. */
struct str str_mended(struct arena *, struct str, size_t max);
/* Length of the UTF-8 sequence at the start, 0 if there is none (or a NUL). */
size_t str_utf8_sequence(struct str);

/* Walks the words of a space separated list. */
#define STR_EACH(word, list) \
	for (struct str rest_ = (list), word = str_word(&rest_); word.n; word = str_word(&rest_))

#endif
