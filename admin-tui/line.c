/* Editing a line. */
#include "admin-tui/line.h"

#include <string.h>

void
tui_line_set(struct tui_line *l, struct str text)
{
	size_t n = text.n < TUI_LINE_MAX ? text.n : 0;

	memcpy(l->text, str_bytes(text), n);
	l->text[n] = '\0';
	l->n = l->at = n;
}

struct str
tui_line_str(const struct tui_line *l)
{
	return (struct str){l->text, l->n};
}

static size_t
step_back(const struct tui_line *l, size_t at)
{
	while (at > 0 && ((unsigned char)l->text[--at] & 0xc0) == 0x80)
		;
	return at;
}

static size_t
step_on(const struct tui_line *l, size_t at)
{
	if (at < l->n)
		at++;
	while (at < l->n && ((unsigned char)l->text[at] & 0xc0) == 0x80)
		at++;
	return at;
}

static void
take_out(struct tui_line *l, size_t from, size_t to)
{
	memmove(l->text + from, l->text + to, l->n - to + 1);
	l->n -= to - from;
	l->at = from;
}

static void
insert(struct tui_line *l, uint32_t code)
{
	char bytes[4];
	size_t n = 0;

	if (code < 0x80)
		bytes[n++] = (char)code;
	else if (code < 0x800)
		bytes[n++] = (char)(0xc0 | code >> 6);
	else if (code < 0x10000)
		bytes[n++] = (char)(0xe0 | code >> 12);
	else
		bytes[n++] = (char)(0xf0 | code >> 18);
	if (code >= 0x10000)
		bytes[n++] = (char)(0x80 | (code >> 12 & 0x3f));
	if (code >= 0x800)
		bytes[n++] = (char)(0x80 | (code >> 6 & 0x3f));
	if (code >= 0x80)
		bytes[n++] = (char)(0x80 | (code & 0x3f));
	if (l->n + n > TUI_LINE_MAX)
		return;
	memmove(l->text + l->at + n, l->text + l->at, l->n - l->at + 1);
	memcpy(l->text + l->at, bytes, n);
	l->n += n;
	l->at += n;
}

static size_t
word_back(const struct tui_line *l)
{
	size_t at = l->at;

	while (at > 0 && l->text[at - 1] == ' ')
		at--;
	while (at > 0 && l->text[at - 1] != ' ')
		at--;
	return at;
}

bool
tui_line_key(struct tui_line *l, uint32_t code)
{
	switch (code) {
	case TUI_KEY_LEFT: l->at = step_back(l, l->at); return true;
	case TUI_KEY_RIGHT: l->at = step_on(l, l->at); return true;
	case TUI_KEY_HOME:
	case TUI_CTRL('A'): l->at = 0; return true;
	case TUI_KEY_END:
	case TUI_CTRL('E'): l->at = l->n; return true;
	case TUI_KEY_BACKSPACE: take_out(l, step_back(l, l->at), l->at); return true;
	case TUI_KEY_DELETE: take_out(l, l->at, step_on(l, l->at)); return true;
	case TUI_CTRL('K'): take_out(l, l->at, l->n); return true;
	case TUI_CTRL('U'): take_out(l, 0, l->at); return true;
	case TUI_CTRL('W'): take_out(l, word_back(l), l->at); return true;
	default: break;
	}
	/* No control characters, no surrogates: what is typed is text. */
	if (code < ' ' || (code >= 0x7f && code < 0xa0) || code >= TUI_KEY_SPECIAL ||
		(code >= 0xd800 && code < 0xe000))
		return false;
	insert(l, code);
	return true;
}

void
tui_line_draw(const struct tui_line *l, struct tui_canvas *c, struct tui_box box,
	enum tui_role role, bool is_secret, bool is_here)
{
	size_t from = 0, shown;
	struct str before;
	int column;

	tui_blank(c, box, role);
	before = (struct str){l->text, l->at};
	while (is_here && from < l->at && tui_width(c, str_from(before, from)) >= box.columns)
		from = step_on(l, from);
	column = is_secret ? 0 : tui_width(c, str_from(before, from));
	shown = l->n - from;
	if (is_secret) {
		for (size_t i = 0; i < l->n; i = step_on(l, i))
			if (column < box.columns - 1)
				column += tui_put(c, box.row, box.column + column, 1, role,
					tui_either(c, "•", "*"));
	} else
		(void)tui_put(c, box.row, box.column, box.columns, role,
			(struct str){l->text + from, shown});
	if (is_here) {
		c->cursor_row = box.row;
		c->cursor_column = box.column + column;
	}
}
