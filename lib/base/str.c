/* Views: compare, split, copy. */
#include "lib/base/str.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct str
str_of(const char *s)
{
	return (struct str){s, s ? strlen(s) : 0};
}

bool
str_empty(struct str s)
{
	return s.n == 0;
}

bool
str_eq(struct str a, struct str b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

bool
str_is(struct str s, const char *literal)
{
	return str_eq(s, str_of(literal));
}

/* Not tolower: that one asks the locale. */
static char
lower(char c)
{
	if (c >= 'A' && c <= 'Z')
		c = (char)(c | 0x20);
	return c;
}

bool
str_eq_nocase(struct str a, struct str b)
{
	if (a.n != b.n)
		return false;
	for (size_t i = 0; i < a.n; i++)
		if (lower(a.p[i]) != lower(b.p[i]))
			return false;
	return true;
}

bool
str_is_nocase(struct str s, const char *literal)
{
	return str_eq_nocase(s, str_of(literal));
}

bool
str_starts(struct str s, struct str prefix)
{
	return s.n >= prefix.n && str_eq(str_first(s, prefix.n), prefix);
}

bool
str_ends(struct str s, struct str suffix)
{
	return s.n >= suffix.n && str_eq(str_from(s, s.n - suffix.n), suffix);
}

bool
str_has_char(struct str s, char c)
{
	return s.n && memchr(s.p, c, s.n) != NULL;
}

int
str_cmp(struct str a, struct str b)
{
	size_t n = a.n < b.n ? a.n : b.n;
	int order = n ? memcmp(a.p, b.p, n) : 0;

	return order ? order : (a.n > b.n) - (a.n < b.n);
}

struct str
str_from(struct str s, size_t start)
{
	if (start > s.n)
		start = s.n;
	return s.p ? (struct str){s.p + start, s.n - start} : STR_NONE;
}

struct str
str_first(struct str s, size_t n)
{
	return (struct str){s.p, n < s.n ? n : s.n};
}

struct str
str_cut(struct str *s, char sep)
{
	const char *at = s->n ? memchr(s->p, sep, s->n) : NULL;
	struct str head = *s;

	if (!at) {
		*s = str_from(*s, s->n);
		return head;
	}
	head.n = (size_t)(at - s->p);
	*s = str_from(*s, head.n + 1);
	return head;
}

struct str
str_word(struct str *s)
{
	while (s->n && s->p[0] == ' ')
		*s = str_from(*s, 1);
	return str_cut(s, ' ');
}

static bool
is_blank(char c)
{
	return c == ' ' || c == '\t';
}

struct str
str_trim(struct str s)
{
	while (s.n && is_blank(s.p[0]))
		s = str_from(s, 1);
	while (s.n && is_blank(s.p[s.n - 1]))
		s.n--;
	return s;
}

enum err
str_to_i64(struct str s, int64_t *ret)
{
	bool negative = s.n && s.p[0] == '-';
	int64_t value = 0; /* kept negative: that side reaches one further */

	if (negative)
		s = str_from(s, 1);
	if (!s.n)
		return ERR_MALFORMED;
	for (size_t i = 0; i < s.n; i++) {
		int digit = s.p[i] - '0';

		if (digit < 0 || digit > 9)
			return ERR_MALFORMED;
		if (value < (INT64_MIN + digit) / 10)
			return ERR_MALFORMED;
		value = value * 10 - digit;
	}
	if (!negative && value == INT64_MIN)
		return ERR_MALFORMED;
	*ret = negative ? value : -value;
	return OK;
}

struct str
str_copy(struct arena *a, struct str s)
{
	return (struct str){arena_copy(a, s.p, s.n), s.n};
}

const char *
str_c(struct arena *a, struct str s)
{
	return arena_copy(a, s.p, s.n);
}

struct str
str_printf(struct arena *a, const char *format, ...)
{
	va_list args;
	int n;
	char *p;

	va_start(args, format);
	n = vsnprintf(NULL, 0, format, args);
	va_end(args);
	if (n < 0)
		return STR_NONE;
	p = arena_alloc(a, (size_t)n + 1);
	va_start(args, format);
	(void)vsnprintf(p, (size_t)n + 1, format, args);
	va_end(args);
	return (struct str){p, (size_t)n};
}

/* C0, DEL and C1, of the sequence at the start. */
static bool
is_control(struct str s)
{
	unsigned char c = (unsigned char)s.p[0];

	return c < 0x20 || c == 0x7f || (c == 0xc2 && (unsigned char)s.p[1] < 0xa0);
}

struct str
str_mended(struct arena *a, struct str s, size_t max)
{
	char *copy;
	size_t n = 0;

	if (s.n <= max && str_is_printable(s))
		return s;
	copy = arena_alloc(a, max);
	while (s.n) {
		size_t sequence = str_utf8_sequence(s);
		struct str one =
			sequence && !is_control(s) ? str_first(s, sequence) : STR("\xef\xbf\xbd");

		if (one.n > max - n)
			break;
		memcpy(copy + n, one.p, one.n);
		n += one.n;
		s = str_from(s, sequence ? sequence : 1);
	}
	return (struct str){copy, n};
}

/* Eight bytes at a time, because every request's user agent passes here: of each, the
 * high bit of x, x - 0x20 and x + 1 tells what is above, below and DEL.  Borrows and
 * carries come only from bytes that fail anyway. */
bool
str_is_printable(struct str s)
{
	const uint64_t ones = UINT64_C(0x0101010101010101);

	for (; s.n >= sizeof ones; s = str_from(s, sizeof ones)) {
		uint64_t x;

		memcpy(&x, s.p, sizeof x);
		if ((x | (x - 0x20 * ones) | (x + ones)) & 0x80 * ones)
			return false;
	}
	for (size_t i = 0; i < s.n; i++)
		if (s.p[i] < 0x20 || s.p[i] > 0x7e)
			return false;
	return true;
}

#define BIT(c) (1u << ((c)&31))

/* One bit for each byte that is plain; a load and a shift instead of the
 * comparisons, because every byte of every reply and log line passes here. */
static const uint32_t plain_bits[8] = {
	[1] = ~(BIT('"') | BIT('&') | BIT('<') | BIT('>')),
	[2] = ~BIT('\\'),
	[3] = ~BIT(0x7f),
};

size_t
str_plain_prefix(struct str s)
{
	size_t n = 0;

	while (n < s.n) {
		unsigned char c = (unsigned char)s.p[n];

		if (!(plain_bits[c >> 5] >> (c & 31) & 1))
			break;
		n++;
	}
	return n;
}

/* RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF. */
size_t
str_utf8_sequence(struct str s)
{
	const unsigned char *p = (const unsigned char *)s.p;
	unsigned low = 0x80, high = 0xbf;
	size_t n;

	if (!s.n)
		return 0;
	if (p[0] < 0x80)
		return p[0] ? 1 : 0;
	if (p[0] >= 0xc2 && p[0] <= 0xdf)
		n = 2;
	else if (p[0] >= 0xe0 && p[0] <= 0xef)
		n = 3;
	else if (p[0] >= 0xf0 && p[0] <= 0xf4)
		n = 4;
	else
		return 0;
	if (s.n < n)
		return 0;
	if (p[0] == 0xe0)
		low = 0xa0;
	else if (p[0] == 0xf0)
		low = 0x90;
	if (p[0] == 0xed)
		high = 0x9f;
	else if (p[0] == 0xf4)
		high = 0x8f;
	if (p[1] < low || p[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++)
		if (p[i] < 0x80 || p[i] > 0xbf)
			return 0;
	return n;
}

bool
str_is_utf8(struct str s)
{
	while (s.n) {
		size_t n = str_utf8_sequence(s);

		if (!n)
			return false;
		s = str_from(s, n);
	}
	return true;
}

struct str
str_to_utf8(struct arena *a, struct str s)
{
	char *copy;
	size_t i = 0;

	if (str_is_utf8(s))
		return s;
	copy = arena_copy(a, s.p, s.n);
	while (i < s.n) {
		size_t n = str_utf8_sequence(str_from(s, i));

		if (!n)
			copy[i] = '?';
		i += n ? n : 1;
	}
	return (struct str){copy, s.n};
}
