/* A second reader, a state machine over single bytes, agrees with form_parse
 * on every input; and what is written again reads the same. */
#include "lib/base/form.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Well-formed UTF-8 by decoding and asking whether that was the only way. */
static bool
is_utf8_text(const unsigned char *p, size_t n)
{
	static const uint32_t least[] = {0, 0, 0x80, 0x800, 0x10000};

	for (size_t i = 0, need; i < n; i += need) {
		uint32_t code = p[i];

		need = code < 0x80 ? 1 : code < 0xe0 ? 2 : code < 0xf0 ? 3 : 4;
		if (need > n - i || code >= 0xf8 || (code & 0xc0) == 0x80)
			return false;
		if (need > 1)
			code &= 0x7fu >> need;
		for (size_t j = 1; j < need; j++) {
			if ((p[i + j] & 0xc0) != 0x80)
				return false;
			code = code << 6 | (p[i + j] & 0x3fu);
		}
		if (need > 1 && code < least[need])
			return false;
		if ((code >= 0xd800 && code < 0xe000) || code > 0x10ffff || code == 0x7f ||
			(code < 0x20 && !strchr("\t\r\n", (int)code)) || code == 0)
			return false;
	}
	return true;
}

struct model {
	unsigned char bytes[FORM_MAX + 1][2][4096];
	size_t n[FORM_MAX + 1][2];
	size_t count;
};

static bool
model_parse(struct model *m, const uint8_t *data, size_t size)
{
	size_t part = 0, i = 0;

	m->count = 0;
	memset(m->n, 0, sizeof m->n);
	for (bool any = false; i <= size; i++) {
		unsigned c = i < size ? data[i] : '&';

		if (c == '&') {
			m->count += any;
			if (m->count > FORM_MAX)
				return false;
			any = false;
			part = 0;
			continue;
		}
		any = true;
		if (c == '=' && part == 0) {
			part = 1;
			continue;
		}
		if (c == '%') {
			char digits[3] = {0};

			if (size - i < 3 || !isxdigit(data[i + 1]) || !isxdigit(data[i + 2]))
				return false;
			memcpy(digits, data + i + 1, 2);
			c = (unsigned)strtoul(digits, NULL, 16);
			i += 2;
		} else if (c == '+') {
			c = ' ';
		}
		m->bytes[m->count][part][m->n[m->count][part]++] = (unsigned char)c;
	}
	for (i = 0; i < m->count; i++)
		if (!is_utf8_text(m->bytes[i][0], m->n[i][0]) ||
			!is_utf8_text(m->bytes[i][1], m->n[i][1]))
			return false;
	return true;
}

static bool
same(const struct model *m, size_t i, const struct form_field *field)
{
	return str_eq(field->name, (struct str){(const char *)m->bytes[i][0], m->n[i][0]}) &&
	       str_eq(field->value, (struct str){(const char *)m->bytes[i][1], m->n[i][1]});
}

static void
check_round_trip(struct arena *a, const struct form *f, size_t size)
{
	struct form again;
	struct buf b;

	buf_init(&b, a, size * 3 + 4 * FORM_MAX);
	for (size_t i = 0; i < f->count; i++)
		form_add(&b, str_c(a, f->fields[i].name), f->fields[i].value);
	if (!buf_ok(&b) || form_parse(a, buf_str(&b), &again, NULL) || again.count != f->count)
		abort();
	for (size_t i = 0; i < f->count; i++)
		if (!str_eq(f->fields[i].name, again.fields[i].name) ||
			!str_eq(f->fields[i].value, again.fields[i].value))
			abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct model m;
	struct arena a = {0};
	struct form f;
	struct diag d;
	bool ok;

	if (size > 4000)
		return 0;
	ok = form_parse(&a, (struct str){(const char *)data, size}, &f, &d) == OK;
	if (ok != model_parse(&m, data, size) || (ok && f.count != m.count))
		abort();
	for (size_t i = 0; ok && i < f.count; i++)
		if (!same(&m, i, &f.fields[i]))
			abort();
	if (ok)
		check_round_trip(&a, &f, size);
	else if (!str_is_printable(str_of(d.text)) || f.count)
		abort();
	arena_free(&a);
	return 0;
}
