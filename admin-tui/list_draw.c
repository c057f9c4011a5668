/* A list on the canvas: columns that fit, rows, and the selected row in detail beside them. */
#include "admin-tui/detail.h"
#include "admin-tui/list.h"
#include "admin-tui/value.h"
#include "lib/base/buf.h"

#include <string.h>

enum {
	COLUMNS_MAX = 24,
	GAP = 2,
	COLUMN_MIN = 16,
	NAME_WHOLE = 30,
	ID_MIN = 13,
	COLUMN_WIDEST = 48,
	MARGIN = 2
};

struct columns {
	const struct op_field *fields[COLUMNS_MAX];
	int widths[COLUMNS_MAX];
	int least[COLUMNS_MAX];
	size_t count;
};

static const char *
label_of(const struct op_field *field)
{
	return field->label ? field->label : field->name;
}

/* What people read comes first, ids come last. */
static void
choose_fields(const struct tui_list *l, struct columns *c)
{
	unsigned wanted = l->is_wide ? OP_SHOW : OP_LIST;
	const struct op_field *name =
		l->row->name_field ? resource_field(l->row, str_of(l->row->name_field)) : NULL;

	c->count = 0;
	if (name && l->row->id != RESOURCE_audit && l->row->id != RESOURCE_audit_count)
		c->fields[c->count++] = name;
	for (int ids = 0; ids < 2; ids++)
		for (size_t i = 0; i < l->row->field_count && c->count < COLUMNS_MAX; i++) {
			const struct op_field *f = &l->row->fields[i];

			if (f->places & wanted && (f->kind == OP_ID) == ids &&
				(!c->count || f != c->fields[0]))
				c->fields[c->count++] = f;
		}
}

static int
natural_width(struct tui *tui, const struct tui_list *l, const struct op_field *f, int rows)
{
	int width = tui_width(&tui->canvas, str_of(label_of(f))) + (l->sort == f ? 2 : 0);
	int sign = f == tui_state_field(l->row) ? 2 : 0;

	for (size_t i = l->top; i < l->top + (size_t)rows; i++) {
		const struct json *row = tui_list_row(l, i);
		int n = row ? sign + tui_width(&tui->canvas,
					     tui_value_shown(tui, &tui->canvas.arena, row, f, true))
			    : 0;

		if (n > width)
			width = n;
	}
	if (!l->is_wide && width > COLUMN_WIDEST)
		width = COLUMN_WIDEST;
	return width;
}

static int
total_of(const struct columns *c)
{
	int total = 0;

	for (size_t i = 0; i < c->count; i++)
		total += c->widths[i] + (i ? GAP : 0);
	return total;
}

/* The widest gives way until it is as narrow as it can be; then the last one goes. */
static void
fit(struct columns *c, int width)
{
	while (c->count > 1 && total_of(c) > width) {
		size_t widest = c->count;

		for (size_t i = 0; i < c->count; i++)
			if (c->widths[i] > c->least[i] &&
				(widest == c->count || c->widths[i] > c->widths[widest]))
				widest = i;
		if (widest == c->count)
			c->count--;
		else
			c->widths[widest]--;
	}
	if (c->count == 1 && c->widths[0] > width)
		c->widths[0] = width;
}

static void
lay_out(struct tui *tui, const struct tui_list *l, struct columns *c, int width, int rows)
{
	choose_fields(l, c);
	for (size_t i = 0; i < c->count; i++) {
		const struct op_field *f = c->fields[i];

		c->widths[i] = natural_width(tui, l, f, rows);
		c->least[i] = f->kind == OP_ID && !l->is_wide ? ID_MIN : COLUMN_MIN;
		if (f->kind == OP_TIME || f->kind == OP_CHOICE || l->is_wide ||
			(l->row->name_field && !strcmp(f->name, l->row->name_field) &&
				c->widths[i] <= NAME_WHOLE))
			c->least[i] = c->widths[i];
		if (c->least[i] > c->widths[i])
			c->least[i] = c->widths[i];
	}
	fit(c, width);
}

/* ---- rows ---- */

static void
draw_head(struct tui *tui, const struct tui_list *l, const struct columns *c, struct tui_box box)
{
	struct tui_canvas *canvas = &tui->canvas;
	int column = box.column + MARGIN;

	for (size_t i = 0; i < c->count; i++) {
		int used = tui_put(canvas, box.row, column, c->widths[i], ROLE_HEAD,
			str_of(label_of(c->fields[i])));

		if (l->sort == c->fields[i])
			(void)tui_put(canvas, box.row, column + used + 1, 1, ROLE_HEAD,
				l->is_reversed ? tui_either(canvas, "▼", "v")
					       : tui_either(canvas, "▲", "^"));
		column += c->widths[i] + GAP;
	}
}

static void
draw_cell(struct tui *tui, const struct tui_list *l, const struct json *row,
	const struct op_field *f, int at_row, int column, int width, enum tui_role plain,
	bool is_plain)
{
	struct tui_canvas *c = &tui->canvas;
	struct str value = tui_value_shown(tui, &c->arena, row, f, true);
	enum tui_role role = plain;

	if (f == tui_state_field(l->row)) {
		struct str sign = tui_state_sign(c, value);

		if (!is_plain)
			role = tui_state_role(value);
		if (sign.n) {
			(void)tui_put(c, at_row, column, 1, role, sign);
			column += 2;
			width -= 2;
		}
	} else if (!is_plain && (f->kind == OP_ID || f->kind == OP_TIME)) {
		role = ROLE_DIM;
	}
	if (f->kind == OP_ID)
		value = tui_elide(c, value, width);
	(void)tui_put(c, at_row, column, width, role, value);
}

static void
draw_row(struct tui *tui, const struct tui_list *l, const struct columns *c, struct tui_box box,
	size_t i, bool is_focused)
{
	struct tui_canvas *canvas = &tui->canvas;
	const struct json *row = tui_list_row(l, i);
	bool is_selected = i == l->selected;
	bool is_tagged = tui_list_is_tagged(l, tui_row_id(&canvas->arena, l->row, row));
	enum tui_role role = is_selected          ? is_focused ? ROLE_SELECTED : ROLE_UNFOCUSED
			     : !tui->is_connected ? ROLE_DIM
			     : is_tagged          ? ROLE_TAGGED
						  : ROLE_TEXT;
	int column = box.column + MARGIN;

	tui_blank(canvas, box, role);
	if (is_tagged)
		(void)tui_put(canvas, box.row, box.column, 1, role, tui_either(canvas, "▌", "+"));
	else if (is_selected)
		(void)tui_put(canvas, box.row, box.column, 1, role, tui_either(canvas, "›", ">"));
	for (size_t k = 0; k < c->count; k++) {
		draw_cell(tui, l, row, c->fields[k], box.row, column, c->widths[k], role,
			role != ROLE_TEXT);
		column += c->widths[k] + GAP;
	}
	tui_spot(canvas, box, TUI_KEY_CLICK_ROW, (int)(i - l->top));
	if (is_selected && is_focused) {
		canvas->cursor_row = box.row;
		canvas->cursor_column = box.column;
	}
}

static void
say_nothing(struct tui *tui, const struct tui_list *l, struct tui_box box)
{
	int row = box.row + 1, column = box.column + MARGIN, width = box.columns - MARGIN;

	if (*l->rows.problem)
		(void)tui_put(&tui->canvas, row, column, width, ROLE_BAD, str_of(l->rows.problem));
	else if (tui_rows_are_coming(tui, &l->rows) || !l->rows.was_asked)
		(void)tui_put(&tui->canvas, row, column, width, ROLE_DIM,
			tui_either(&tui->canvas, "…", "..."));
	else
		(void)tui_putf(&tui->canvas, row, column, width, ROLE_DIM, "No %s%s.",
			l->row->plural,
			*l->filter ? " that pass the filter; Esc clears it" : " here");
}

static void
scroll(struct tui_list *l, int height)
{
	size_t rows = height > 0 ? (size_t)height : 1;

	l->height = (int)rows;
	if (l->selected < l->top)
		l->top = l->selected;
	if (l->selected >= l->top + rows)
		l->top = l->selected - rows + 1;
	if (l->count > rows && l->top > l->count - rows)
		l->top = l->count - rows;
	if (l->count <= rows)
		l->top = 0;
}

static void
draw_rows(struct tui *tui, struct tui_list *l, struct tui_box box, bool is_focused)
{
	struct columns c = {.count = 0};

	scroll(l, box.rows - 1);
	lay_out(tui, l, &c, box.columns - MARGIN, box.rows - 1);
	draw_head(tui, l, &c, box);
	if (!l->count)
		say_nothing(tui, l, box);
	for (int i = 0; i < box.rows - 1 && l->top + (size_t)i < l->count; i++)
		draw_row(tui, l, &c, (struct tui_box){box.row + 1 + i, box.column, 1, box.columns},
			l->top + (size_t)i, is_focused && !l->detail_focused);
}

/* Beside the list, if there is room and something to show. */
static int
detail_columns(const struct tui_list *l, struct tui_box box)
{
	if (box.columns < TUI_SPLIT_COLUMNS || !l->count || l->is_wide)
		return 0;
	return box.columns * 2 / 5;
}

void
tui_list_draw(struct tui *tui, struct tui_view *v, struct tui_box box, bool is_focused)
{
	struct tui_list *l = (struct tui_list *)v;
	int detail = detail_columns(l, box);
	struct tui_box right = {
		box.row, box.column + box.columns - detail + 2, box.rows, detail - 2};

	if (!detail)
		l->detail_focused = false;
	draw_rows(tui, l,
		(struct tui_box){
			box.row, box.column, box.rows, box.columns - detail - (detail ? 1 : 0)},
		is_focused);
	if (!detail)
		return;
	tui_line_down(&tui->canvas, box.row, right.column - 2, box.rows, ROLE_EDGE);
	(void)tui_detail_draw(tui, l->row, tui_list_row(l, l->selected), right, &l->detail_top, -1);
	if (l->detail_focused && is_focused) {
		tui_line_down(&tui->canvas, box.row, right.column - 2, box.rows, ROLE_TAB_HERE);
		tui->canvas.cursor_row = right.row;
		tui->canvas.cursor_column = right.column;
	}
}

/* ---- what stands below ---- */

void
tui_list_status(struct tui *tui, struct tui_view *v, struct buf *out)
{
	const struct tui_list *l = (const struct tui_list *)v;
	size_t before = l->rows.first * TUI_PAGE_ROWS;

	if (*l->filter)
		buf_add_printf(out, "filter: %s   ", l->filter);
	if (*l->search)
		buf_add_printf(out, "/%s   ", l->search);
	if (l->count)
		buf_add_printf(out, "%zu/%zu%s", before + l->selected + 1, before + l->count,
			l->rows.has_more ? "+" : "");
	if (l->tag_count)
		buf_add_printf(out, "   %zu tagged", l->tag_count);
	if (l->sort)
		buf_add_printf(out, "   sort: %s%s", label_of(l->sort),
			l->rows.has_more || l->rows.first ? " of what is loaded" : "");
	if (l->follows)
		buf_add_c(out, "   following");
	(void)tui;
}
