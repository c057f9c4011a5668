/* Cleaning, measuring and cutting. */
#include "lib/base/display.h"

#include "lib/base/buf.h"
#include "lib/base/unicode.h"

#include <locale.h>
#include <pthread.h>
#include <wchar.h>

/* The length of the sequence that begins here, by its first byte; 0 if none. */
static size_t
sequence_size(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first >= 0xc2 && first <= 0xdf)
		return 2;
	if (first >= 0xe0 && first <= 0xef)
		return 3;
	return first >= 0xf0 && first <= 0xf4 ? 4 : 0;
}

struct str
display_clean(struct arena *arena, struct str text, bool utf8)
{
	struct buf out;

	buf_init(&out, arena, text.n);
	while (text.n) {
		size_t n = sequence_size((unsigned char)text.p[0]);
		struct str sequence = str_first(text, n ? n : 1);
		bool good = n && sequence.n == n && (n == 1 || (utf8 && str_is_utf8(sequence)));

		if (good && !unicode_is_hidden(unicode_point(sequence))) {
			buf_add(&out, sequence);
			text = str_from(text, n);
			continue;
		}
		buf_add_char(&out, '?');
		/* An ill-formed byte alone, a refused character as a whole. */
		text = str_from(text, n && sequence.n == n && str_is_utf8(sequence) ? n : 1);
	}
	return buf_str(&out);
}

/* ---- width ---- */

static locale_t wide;
static pthread_once_t once = PTHREAD_ONCE_INIT;

/* Kept for good. */
static void
open_locale(void)
{
	wide = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0);
}

static size_t
width_of(struct str character)
{
	int n = wcwidth((wchar_t)unicode_point(character));

	return n < 0 ? 1 : (size_t)n;
}

/* The width of clean text up to a limit; *ret_end is where the limit cuts it. */
static size_t
measure(struct str text, size_t limit, size_t *ret_end)
{
	locale_t before = (locale_t)0;
	size_t width = 0, at = 0;

	(void)pthread_once(&once, open_locale);
	if (wide)
		before = uselocale(wide);
	while (at < text.n) {
		size_t n = str_utf8_sequence(str_from(text, at));
		size_t w = n > 1 && wide ? width_of((struct str){text.p + at, n}) : 1;

		if (width + w > limit)
			break;
		width += w;
		at += n ? n : 1;
	}
	if (wide)
		(void)uselocale(before);
	*ret_end = at;
	return width;
}

size_t
display_width(struct str text)
{
	size_t end;

	return measure(text, SIZE_MAX, &end);
}

struct str
display_clip(struct arena *arena, struct str text, size_t columns, bool utf8)
{
	size_t end;

	(void)measure(text, columns, &end);
	if (end == text.n || !columns)
		return str_first(text, end);
	(void)measure(text, columns - 1, &end);
	return str_printf(arena, "%.*s%s", STR_ARG(str_first(text, end)), utf8 ? "…" : "~");
}
