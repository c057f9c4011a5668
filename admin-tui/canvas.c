/* Cells, and text put into them. */
#include "admin-tui/canvas.h"

#include "lib/base/display.h"
#include "lib/base/unicode.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MARK_BYTES_MAX = 16 };

static struct tui_cell *
cell_at(const struct tui_canvas *c, int row, int column)
{
	if (row < 0 || row >= c->rows || column < 0 || column >= c->columns)
		return NULL;
	return &c->cells[row * c->columns + column];
}

static void
set(struct tui_canvas *c, int row, int column, uint32_t point, enum tui_role role)
{
	struct tui_cell *cell = cell_at(c, row, column);

	if (cell)
		*cell = (struct tui_cell){.points = {point}, .role = (uint8_t)role, .width = 1};
}

void
tui_canvas_begin(struct tui_canvas *c, int rows, int columns)
{
	rows = rows < 1 ? 1 : rows > TUI_ROWS_MAX ? TUI_ROWS_MAX : rows;
	columns = columns < 1 ? 1 : columns > TUI_COLUMNS_MAX ? TUI_COLUMNS_MAX : columns;
	if (rows != c->rows || columns != c->columns)
		c->cells = xrealloc(c->cells, (size_t)(rows * columns) * sizeof *c->cells);
	c->rows = rows;
	c->columns = columns;
	c->cursor_row = rows - 1;
	c->cursor_column = columns - 1;
	c->spot_count = 0;
	arena_reset(&c->arena);
	tui_blank(c, (struct tui_box){0, 0, rows, columns}, ROLE_TEXT);
}

void
tui_canvas_free(struct tui_canvas *c)
{
	free(c->cells);
	arena_free(&c->arena);
	*c = (struct tui_canvas){0};
}

/* ---- text ---- */

static void
add_mark(struct buf *out, uint32_t point, bool utf8)
{
	char mark[MARK_BYTES_MAX];

	(void)snprintf(mark, sizeof mark, "U+%04X", (unsigned)point);
	buf_add_c(out, utf8 ? "‹" : "<");
	buf_add_c(out, mark);
	buf_add_c(out, utf8 ? "›" : ">");
}

struct str
tui_clean(struct arena *arena, struct str text, bool utf8)
{
	struct buf out;

	if (str_is_printable(text))
		return text;
	buf_init(&out, arena, text.n * MARK_BYTES_MAX);
	while (text.n) {
		size_t n = str_utf8_sequence(text);
		struct str sequence = str_first(text, n ? n : 1);

		if (!n && *text.p)
			buf_add_c(&out, utf8 ? "\xef\xbf\xbd" : "?");
		else if (!n || unicode_is_hidden(unicode_point(sequence)))
			add_mark(&out, n ? unicode_point(sequence) : 0, utf8);
		else if (n > 1 && !utf8)
			buf_add_char(&out, '?');
		else
			buf_add(&out, sequence);
		text = str_from(text, sequence.n);
	}
	return buf_str(&out);
}

int
tui_width(const struct tui_canvas *c, struct str text)
{
	struct tui_canvas *canvas = (struct tui_canvas *)(uintptr_t)c;

	if (str_is_printable(text))
		return (int)text.n;
	return (int)display_width(tui_clean(&canvas->arena, text, c->utf8));
}

/* What combines with nothing is left out: it would stick to a neighbour. */
static void
combine(struct tui_cell *cell, uint32_t point)
{
	for (size_t i = 1; cell && i < TUI_POINTS_MAX; i++)
		if (!cell->points[i]) {
			cell->points[i] = point;
			return;
		}
}

/* A wide character of which one half is covered is a blank. */
static void
mend_halves(struct tui_canvas *c, int row, int from, int to)
{
	struct tui_cell *cell = cell_at(c, row, from - 1);

	if (cell && cell->width == 2)
		set(c, row, from - 1, ' ', cell->role);
	cell = cell_at(c, row, to);
	if (cell && !cell->width)
		set(c, row, to, ' ', cell->role);
}

int
tui_put(struct tui_canvas *c, int row, int column, int columns, enum tui_role role, struct str text)
{
	struct tui_cell *last = NULL;
	int at = column, end;

	if (columns > c->columns - column)
		columns = c->columns - column;
	if (row < 0 || row >= c->rows || column < 0 || columns <= 0)
		return 0;
	end = column + columns;
	text = display_clip(
		&c->arena, tui_clean(&c->arena, text, c->utf8), (size_t)columns, c->utf8);
	while (text.n) {
		size_t n = str_utf8_sequence(text);
		struct str sequence = str_first(text, n ? n : 1);
		int width = (int)display_width(sequence);

		if (at + width > end)
			break;
		if (!width)
			combine(last, unicode_point(sequence));
		else {
			set(c, row, at, unicode_point(sequence), role);
			last = cell_at(c, row, at);
			last->width = (uint8_t)width;
		}
		if (width == 2)
			*cell_at(c, row, at + 1) = (struct tui_cell){.role = (uint8_t)role};
		at += width;
		text = str_from(text, sequence.n);
	}
	mend_halves(c, row, column, at);
	return at - column;
}

int
tui_putf(struct tui_canvas *c, int row, int column, int columns, enum tui_role role,
	const char *format, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	return tui_put(c, row, column, columns, role, str_of(text));
}

void
tui_put_padded(
	struct tui_canvas *c, int row, int column, int columns, enum tui_role role, struct str text)
{
	int used = tui_put(c, row, column, columns, role, text);

	if (used < columns)
		tui_blank(c, (struct tui_box){row, column + used, 1, columns - used}, role);
}

struct str
tui_elide(struct tui_canvas *c, struct str id, int columns)
{
	size_t kept = columns > 1 ? (size_t)columns - 1 : 0;
	size_t tail = kept / 2;

	if (!str_is_printable(id) || id.n <= (size_t)columns || columns < 6)
		return id;
	return str_printf(&c->arena, "%.*s%s%.*s", STR_ARG(str_first(id, kept - tail)),
		c->utf8 ? "…" : "~", STR_ARG(str_from(id, id.n - tail)));
}

struct str
tui_either(const struct tui_canvas *c, const char *utf8, const char *ascii)
{
	return str_of(c->utf8 ? utf8 : ascii);
}

/* ---- areas ---- */

void
tui_tint(struct tui_canvas *c, int row, int column, int columns, enum tui_role role)
{
	struct tui_cell *cell;

	for (int i = 0; i < columns; i++)
		if ((cell = cell_at(c, row, column + i)))
			cell->role = (uint8_t)role;
}

void
tui_blank(struct tui_canvas *c, struct tui_box box, enum tui_role role)
{
	for (int row = box.row; row < box.row + box.rows; row++) {
		for (int i = 0; i < box.columns; i++)
			set(c, row, box.column + i, ' ', role);
		mend_halves(c, row, box.column, box.column + box.columns);
	}
}

void
tui_line_down(struct tui_canvas *c, int row, int column, int rows, enum tui_role role)
{
	for (int i = 0; i < rows; i++)
		set(c, row + i, column, c->utf8 ? 0x2502 : '|', role);
}

void
tui_frame(struct tui_canvas *c, struct tui_box box, enum tui_role role, struct str title)
{
	static const uint32_t fine[] = {0x2500, 0x256d, 0x256e, 0x2570, 0x256f};
	static const uint32_t plain[] = {'-', '+', '+', '+', '+'};
	const uint32_t *edge = c->utf8 ? fine : plain;
	int bottom = box.row + box.rows - 1, right = box.column + box.columns - 1;

	tui_blank(c, box, role);
	for (int i = box.column + 1; i < right; i++) {
		set(c, box.row, i, edge[0], role);
		set(c, bottom, i, edge[0], role);
	}
	tui_line_down(c, box.row + 1, box.column, box.rows - 2, role);
	tui_line_down(c, box.row + 1, right, box.rows - 2, role);
	set(c, box.row, box.column, edge[1], role);
	set(c, box.row, right, edge[2], role);
	set(c, bottom, box.column, edge[3], role);
	set(c, bottom, right, edge[4], role);
	if (title.n && box.columns > 6) {
		int used = tui_put(c, box.row, box.column + 3, box.columns - 6, role, title);

		set(c, box.row, box.column + 2, ' ', role);
		set(c, box.row, box.column + 3 + used, ' ', role);
	}
}

/* ---- clicks ---- */

void
tui_spot(struct tui_canvas *c, struct tui_box box, uint32_t key, int number)
{
	if (c->spot_count < TUI_SPOTS_MAX)
		c->spots[c->spot_count++] = (struct tui_spot){box, key, number};
}

const struct tui_spot *
tui_spot_at(const struct tui_canvas *c, int row, int column)
{
	for (size_t i = c->spot_count; i-- > 0;) {
		const struct tui_box *b = &c->spots[i].box;

		if (row >= b->row && row < b->row + b->rows && column >= b->column &&
			column < b->column + b->columns)
			return &c->spots[i];
	}
	return NULL;
}

/* ---- reading it ---- */

static void
add_point(struct buf *out, uint32_t point)
{
	if (point < 0x80)
		buf_add_char(out, (char)point);
	else if (point < 0x800)
		buf_add_printf(out, "%c%c", (int)(0xc0 | point >> 6), (int)(0x80 | (point & 0x3f)));
	else if (point < 0x10000)
		buf_add_printf(out, "%c%c%c", (int)(0xe0 | point >> 12),
			(int)(0x80 | (point >> 6 & 0x3f)), (int)(0x80 | (point & 0x3f)));
	else
		buf_add_printf(out, "%c%c%c%c", (int)(0xf0 | point >> 18),
			(int)(0x80 | (point >> 12 & 0x3f)), (int)(0x80 | (point >> 6 & 0x3f)),
			(int)(0x80 | (point & 0x3f)));
}

struct str
tui_canvas_row(const struct tui_canvas *c, struct arena *arena, int row)
{
	struct buf out;
	struct str text;

	buf_init(&out, arena, (size_t)c->columns * TUI_POINTS_MAX * 4 + 1);
	for (int i = 0; i < c->columns; i++) {
		const struct tui_cell *cell = cell_at(c, row, i);

		for (size_t k = 0; cell && k < TUI_POINTS_MAX && cell->points[k]; k++)
			add_point(&out, cell->points[k]);
	}
	text = buf_str(&out);
	while (text.n && text.p[text.n - 1] == ' ')
		text.n--;
	return text;
}
