/* Forms in and out.  Names and values are views into one decoded copy. */
#include "lib/base/form.h"

#include <string.h>

/* What a diag shows of a parameter's name. */
enum { NAME_SHOWN = 64 };

static int
hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* How much of the beginning stands for itself: all of a token. */
static size_t
plain_length(struct str s)
{
	const char *percent = s.n ? memchr(s.p, '%', s.n) : NULL;
	size_t n = percent ? (size_t)(percent - s.p) : s.n;
	const char *plus = n ? memchr(s.p, '+', n) : NULL;

	return plus ? (size_t)(plus - s.p) : n;
}

enum err
percent_decode(struct arena *a, struct str s, bool plus_is_space, struct str *ret)
{
	char *out = arena_alloc(a, s.n + 1);
	size_t n = plain_length(s);

	if (n)
		memcpy(out, s.p, n);
	for (size_t i = n; i < s.n; i++) {
		char c = s.p[i];

		if (c == '%') {
			int high = i + 2 < s.n ? hex_digit(s.p[i + 1]) : -1;
			int low = i + 2 < s.n ? hex_digit(s.p[i + 2]) : -1;

			if (high < 0 || low < 0)
				return ERR_MALFORMED;
			c = (char)(high << 4 | low);
			i += 2;
		} else if (c == '+' && plus_is_space) {
			c = ' ';
		}
		out[n++] = c;
	}
	*ret = (struct str){out, n};
	return OK;
}

/* NUL is refused with the ill-formed UTF-8. */
static bool
is_text(struct str s)
{
	unsigned all = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];

		if (c == 0x7f || (c < 0x20 && c != '\t' && c != '\r' && c != '\n'))
			return false;
		all |= c;
	}
	return all < 0x80 || str_is_utf8(s);
}

static bool
is_quotable(struct str name)
{
	return str_is_printable(name) && !str_has_char(name, '"') && !str_has_char(name, '\\');
}

static enum err
parse_field(struct arena *a, struct str text, struct form_field *field, struct diag *d)
{
	struct str raw_name = str_cut(&text, '=');
	enum err e;

	e = percent_decode(a, raw_name, true, &field->name);
	if (e || !is_text(field->name))
		return diag_set(d, ERR_MALFORMED, "the name of a parameter is malformed");
	e = percent_decode(a, text, true, &field->value);
	if (!e && is_text(field->value))
		return OK;
	if (!is_quotable(field->name))
		return diag_set(d, ERR_MALFORMED, "the value of a parameter is malformed");
	return diag_set(d, ERR_MALFORMED, "the value of parameter '%.*s' is malformed",
		STR_ARG(str_first(field->name, NAME_SHOWN)));
}

enum err
form_parse(struct arena *a, struct str text, struct form *ret, struct diag *d)
{
	size_t count = 0;

	ret->count = 0;
	while (text.n) {
		struct str part = str_cut(&text, '&');
		enum err e;

		if (!part.n)
			continue;
		if (count == FORM_MAX)
			return diag_set(d, ERR_MALFORMED, "more than %d parameters", FORM_MAX);
		e = parse_field(a, part, &ret->fields[count], d);
		if (e)
			return e;
		count++;
	}
	ret->count = count;
	return OK;
}

struct str
form_get(const struct form *f, const char *name)
{
	struct str wanted = str_of(name);

	for (size_t i = 0; i < f->count; i++)
		if (f->fields[i].value.n && str_eq(f->fields[i].name, wanted))
			return f->fields[i].value;
	return STR_NONE;
}

static bool
is_repeated(const struct form *f, size_t i)
{
	if (!f->fields[i].value.n || str_is(f->fields[i].name, "resource"))
		return false;
	for (size_t j = 0; j < i; j++)
		if (f->fields[j].value.n && str_eq(f->fields[i].name, f->fields[j].name))
			return true;
	return false;
}

struct str
form_repeated(const struct form *f)
{
	for (size_t i = 1; i < f->count; i++)
		if (is_repeated(f, i))
			return f->fields[i].name;
	return STR_NONE;
}

static bool
is_unreserved(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '-' || c == '.' || c == '_' || c == '~';
}

void
percent_encode(struct buf *b, struct str s)
{
	static const char digits[] = "0123456789ABCDEF";
	size_t start = 0;

	for (size_t i = 0; i < s.n; i++) {
		unsigned char c = (unsigned char)s.p[i];
		char escaped[3] = {'%', digits[c >> 4], digits[c & 15]};

		if (is_unreserved(s.p[i]))
			continue;
		buf_add(b, (struct str){s.p + start, i - start});
		buf_add(b, (struct str){escaped, sizeof escaped});
		start = i + 1;
	}
	buf_add(b, str_from(s, start));
}

void
form_add(struct buf *b, const char *name, struct str value)
{
	if (b->n && b->p[b->n - 1] != '?')
		buf_add_char(b, '&');
	percent_encode(b, str_of(name));
	buf_add_char(b, '=');
	percent_encode(b, value);
}
