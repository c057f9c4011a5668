/* Labels and values, a line each or several. */
#include "admin-tui/detail.h"

#include "admin-tui/value.h"
#include "lib/base/display.h"

#include <string.h>

enum { LABEL_MAX = 26, LINES_OF_ONE = 12 };

static bool
is_shown(const struct json *row, const struct op_field *field)
{
	return field->kind != OP_SECRET && json_kind(row, field->name) != JSON_IS_ABSENT;
}

const struct op_field *
tui_detail_field(const struct resource *r, const struct json *row, int i)
{
	for (size_t f = 0; row && f < r->field_count; f++)
		if (is_shown(row, &r->fields[f]) && !i--)
			return &r->fields[f];
	return NULL;
}

const struct resource *
tui_detail_link(const struct resource *of, const struct op_field *field)
{
	struct str name = str_of(field->name);

	if (field->kind != OP_ID || !str_ends(name, STR("_id")))
		return NULL;
	name = str_first(name, name.n - 3);
	if (of->noun && str_is(name, of->noun))
		return NULL;
	return resource_named(name);
}

static int
label_columns(const struct resource *r, const struct json *row, int columns)
{
	int most = 8, limit = columns * 2 / 5 < LABEL_MAX ? columns * 2 / 5 : LABEL_MAX;

	for (size_t f = 0; f < r->field_count; f++)
		if (is_shown(row, &r->fields[f]) && (int)strlen(r->fields[f].label) > most)
			most = (int)strlen(r->fields[f].label);
	return most < limit ? most : limit;
}

static enum tui_role
role_of(const struct tui *tui, const struct resource *r, const struct op_field *field,
	struct str value, bool is_here)
{
	if (is_here)
		return ROLE_SELECTED;
	if (!tui->is_connected)
		return ROLE_DIM;
	if (field == tui_state_field(r))
		return tui_state_role(value);
	if (tui_detail_link(r, field))
		return ROLE_LINK;
	return field->kind == OP_ID ? ROLE_DIM : ROLE_TEXT;
}

/* The next line of a value that is too long for one; at a blank if there is one. */
static struct str
next_line(struct str *rest, int columns)
{
	struct str line;
	size_t end = 0, blank = 0;
	int width = 0;

	while (end < rest->n) {
		size_t n = str_utf8_sequence(str_from(*rest, end));
		int w = n > 1 ? (int)display_width((struct str){rest->p + end, n}) : 1;

		if (width + w > columns)
			break;
		if (rest->p[end] == ' ')
			blank = end;
		width += w;
		end += n ? n : 1;
	}
	if (end < rest->n && blank)
		end = blank;
	if (!end)
		end = rest->n;
	line = str_first(*rest, end);
	*rest = str_from(*rest, end);
	if (rest->n && *rest->p == ' ')
		*rest = str_from(*rest, 1);
	return line;
}

struct pen {
	struct tui *tui;
	struct tui_box box;
	int line, top; /* which line this is; the first that is seen */
};

static void
put_line(struct pen *p, int column, int columns, enum tui_role role, struct str text)
{
	int row = p->line - p->top;

	if (row >= 0 && row < p->box.rows)
		tui_put_padded(&p->tui->canvas, p->box.row + row, p->box.column + column, columns,
			role, text);
}

/* Returns how many lines it took. */
static int
draw_field(struct pen *p, const struct resource *r, const struct json *row,
	const struct op_field *field, int labels, bool is_here)
{
	struct tui_canvas *c = &p->tui->canvas;
	struct str value = tui_value_shown(p->tui, &c->arena, row, field, false);
	enum tui_role role = role_of(p->tui, r, field, value, is_here);
	int begin = p->line, columns = p->box.columns - labels - 2;
	struct str sign = field == tui_state_field(r) ? tui_state_sign(c, value) : STR_NONE;

	if (sign.n)
		value = str_printf(&c->arena, "%.*s %.*s", STR_ARG(sign), STR_ARG(value));
	value = tui_clean(&c->arena, value, c->utf8);
	put_line(p, 0, labels, is_here ? ROLE_SELECTED : ROLE_HEAD, str_of(field->label));
	if (is_here)
		put_line(p, labels, 2, ROLE_SELECTED, STR("  "));
	do {
		struct str text =
			field->kind == OP_WORDS ? str_word(&value) : next_line(&value, columns);

		put_line(p, labels + 2, columns, role, text);
		p->line++;
	} while (value.n && p->line - begin < LINES_OF_ONE);
	if (is_here && begin - p->top >= 0 && begin - p->top < p->box.rows) {
		c->cursor_row = p->box.row + begin - p->top;
		c->cursor_column = p->box.column;
	}
	tui_spot(c,
		(struct tui_box){p->box.row + begin - p->top, p->box.column, p->line - begin,
			p->box.columns},
		TUI_KEY_CLICK_FIELD, 0);
	return p->line - begin;
}

/* Where a field begins and ends, so that the selected one can be brought into sight. */
static int
lines_of(struct tui *tui, const struct resource *r, const struct json *row, struct tui_box box,
	int labels, int here, int *ret_from, int *ret_to)
{
	struct pen blind = {tui, {0, 0, 0, box.columns}, 0, 0};
	size_t spots = tui->canvas.spot_count;
	int i = 0;

	for (size_t f = 0; f < r->field_count; f++) {
		if (!is_shown(row, &r->fields[f]))
			continue;
		if (i == here)
			*ret_from = blind.line;
		(void)draw_field(&blind, r, row, &r->fields[f], labels, false);
		if (i++ == here)
			*ret_to = blind.line;
	}
	tui->canvas.spot_count = spots;
	return blind.line;
}

int
tui_detail_draw(struct tui *tui, const struct resource *r, const struct json *row,
	struct tui_box box, int *top, int here)
{
	struct pen pen = {tui, box, 0, 0};
	int labels, lines, from = *top, to = *top, i = 0;

	if (!row)
		return 0;
	labels = label_columns(r, row, box.columns);
	lines = lines_of(tui, r, row, box, labels, here, &from, &to);
	if (to - *top > box.rows)
		*top = to - box.rows;
	if (from < *top)
		*top = from;
	if (*top > lines - box.rows)
		*top = lines > box.rows ? lines - box.rows : 0;
	pen.top = *top;
	for (size_t f = 0; f < r->field_count; f++)
		if (is_shown(row, &r->fields[f])) {
			size_t spots = tui->canvas.spot_count;

			(void)draw_field(&pen, r, row, &r->fields[f], labels, i == here);
			for (size_t s = spots; s < tui->canvas.spot_count; s++)
				tui->canvas.spots[s].number = i;
			i++;
		}
	return i;
}
