/* A form on the canvas. */
#include "admin-tui/ask.h"
#include "admin-tui/form.h"
#include "lib/base/display.h"

#include <string.h>

enum { FORM_COLUMNS = 84, QUESTION_COLUMNS = 66, LABELS_MAX = 28, WRAPS_MAX = 8, HIDDEN_MS = 300 };

struct pen {
	struct tui *tui;
	struct tui_form *form;
	struct tui_box in;
	int row;
};

/* As many lines as it needs; drawn only with a pen whose canvas is wanted. */
static int
wrap(struct pen *p, enum tui_role role, struct str text, bool is_drawn)
{
	struct tui_canvas *c = &p->tui->canvas;
	int lines = 0;

	text = tui_clean(&c->arena, text, c->utf8);
	while (text.n && lines < WRAPS_MAX) {
		size_t end = 0, blank = 0;
		int width = 0;

		while (end < text.n && text.p[end] != '\n' && width <= p->in.columns) {
			size_t n = str_utf8_sequence(str_from(text, end));

			if (text.p[end] == ' ')
				blank = end;
			width += (int)display_width((struct str){text.p + end, n ? n : 1});
			end += n ? n : 1;
		}
		if (width > p->in.columns && blank)
			end = blank;
		if (is_drawn)
			(void)tui_put(c, p->row + lines, p->in.column, p->in.columns, role,
				str_first(text, end));
		text = str_from(text, end);
		if (text.n && (*text.p == ' ' || *text.p == '\n'))
			text = str_from(text, 1);
		lines++;
	}
	return lines;
}

static void
put_text(struct pen *p, enum tui_role role, struct str text)
{
	p->row += wrap(p, role, text, true);
}

static int
labels_of(const struct tui_form *f)
{
	int most = 4;

	for (size_t i = 0; i < f->count; i++)
		if ((int)strlen(f->fields[i].field->label) > most)
			most = (int)strlen(f->fields[i].field->label);
	return most < LABELS_MAX ? most : LABELS_MAX;
}

static struct str
shown_value(const struct tui *tui, const struct tui_field *field)
{
	struct str text = tui_line_str(&field->line);

	if (field->field->kind == OP_FLAG)
		return str_is(text, "true") ? tui_either(&tui->canvas, "[✓] yes", "[x] yes")
					    : STR("[ ] no");
	return text;
}

static void
draw_field(struct pen *p, size_t i, int labels)
{
	struct tui_form *f = p->form;
	struct tui_field *field = &f->fields[i];
	struct tui_canvas *c = &p->tui->canvas;
	bool is_here = f->here == i,
	     is_text = field->field->kind != OP_FLAG && field->field->kind != OP_CHOICE;
	struct tui_box box = {p->row, p->in.column + labels + 2, 1, p->in.columns - labels - 2};
	enum tui_role role = is_here ? ROLE_FIELD_HERE : ROLE_FIELD;

	(void)tui_put(c, p->row, p->in.column, labels, ROLE_DIALOG, str_of(field->field->label));
	tui_spot(c, (struct tui_box){p->row, p->in.column, 1, p->in.columns}, TUI_KEY_CLICK_FIELD,
		(int)i);
	if (*field->problem)
		box.columns = box.columns * 3 / 5;
	if (is_text) {
		tui_line_draw(&field->line, c, box, role, field->field->kind == OP_SECRET, is_here);
	} else {
		struct str value = shown_value(p->tui, field);

		tui_put_padded(c, box.row, box.column, box.columns, role, value);
		if (field->field->kind == OP_CHOICE && is_here)
			(void)tui_put(c, box.row, box.column + box.columns - 4, 4, role,
				tui_either(c, "‹ ›", "< >"));
		if (is_here) {
			c->cursor_row = box.row;
			c->cursor_column = box.column;
		}
	}
	if (*field->problem)
		(void)tui_put(c, p->row, box.column + box.columns + 1,
			p->in.columns - labels - 3 - box.columns, ROLE_DIALOG_WARN,
			str_of(field->problem));
	p->row++;
}

/* What the field that has the focus is for. */
static struct str
hint_of(struct pen *p)
{
	const struct tui_form *f = p->form;
	const struct op_field *field;

	if (f->here >= f->count)
		return STR_NONE;
	field = f->fields[f->here].field;
	return str_printf(&p->tui->canvas.arena, "%s%s%s%s", field->help,
		field->choices ? ": " : "", field->choices ? field->choices : "",
		field->kind == OP_WORDS ? " (words, with blanks between them)" : "");
}

static void
draw_fields(struct pen *p, int room)
{
	struct tui_form *f = p->form;
	int labels = labels_of(f), rows = room > 1 ? room : 1;

	if (f->here < f->count && f->here < f->top)
		f->top = f->here;
	if (f->here < f->count && f->here >= f->top + (size_t)rows)
		f->top = f->here - (size_t)rows + 1;
	for (size_t i = f->top; i < f->count && i < f->top + (size_t)rows; i++)
		draw_field(p, i, labels);
	if (f->top + (size_t)rows < f->count)
		(void)tui_put(&p->tui->canvas, p->row - 1, p->in.column + p->in.columns - 1, 1,
			ROLE_DIALOG_DIM, tui_either(&p->tui->canvas, "↓", "v"));
}

static void
draw_name(struct pen *p)
{
	struct tui_form *f = p->form;
	struct tui_canvas *c = &p->tui->canvas;
	bool is_here = f->here == tui_form_name_place(f);
	int used;

	put_text(p, ROLE_DIALOG_WARN,
		str_printf(
			&c->arena, "It cannot be undone. To confirm, type %.*s", STR_ARG(f->name)));
	used = tui_put(
		c, p->row, p->in.column, p->in.columns, ROLE_DIALOG, tui_either(c, "› ", "> "));
	tui_line_draw(&f->typed, c,
		(struct tui_box){p->row, p->in.column + used, 1, p->in.columns - used},
		is_here ? ROLE_FIELD_HERE : ROLE_FIELD, false, is_here);
	tui_spot(c, (struct tui_box){p->row, p->in.column, 1, p->in.columns}, TUI_KEY_CLICK_FIELD,
		(int)tui_form_name_place(f));
	p->row += 2;
}

static int
draw_button(struct pen *p, int column, const char *label, size_t place)
{
	struct tui_canvas *c = &p->tui->canvas;
	bool is_here = p->form->here == place;
	int used = tui_putf(c, p->row, column, p->in.columns,
		is_here ? ROLE_BUTTON_HERE : ROLE_BUTTON, "[ %s ]", label);

	tui_spot(c, (struct tui_box){p->row, column, 1, used}, TUI_KEY_CLICK_FIELD, (int)place);
	if (is_here) {
		c->cursor_row = p->row;
		c->cursor_column = column + 2;
	}
	return column + used + 2;
}

static void
draw_buttons(struct pen *p)
{
	struct tui_form *f = p->form;
	int column = draw_button(p, p->in.column, "Cancel", tui_form_cancel_place(f));

	column = draw_button(p, column, f->button, tui_form_submit_place(f));
	if (f->is_busy)
		(void)tui_put(&p->tui->canvas, p->row, column, p->in.columns, ROLE_DIALOG_DIM,
			STR("... Esc stops waiting"));
}

/* Lines of everything but the fields. */
static int
lines_beside(struct pen *p)
{
	const struct tui_form *f = p->form;
	int lines = 1 + 2; /* the buttons, and the frame */

	if (f->question.n)
		lines += wrap(p, ROLE_DIALOG, f->question, false) + 1;
	if (f->consequence.n)
		lines += wrap(p, ROLE_DIALOG, f->consequence, false) + 1;
	if (f->name.n)
		lines += wrap(p, ROLE_DIALOG,
				 str_printf(&p->tui->canvas.arena,
					 "It cannot be undone. To confirm, type %.*s",
					 STR_ARG(f->name)),
				 false) +
			 2;
	if (f->count)
		lines += 3; /* a blank, and the hint in two */
	if (*f->problem)
		lines += wrap(p, ROLE_DIALOG, str_of(f->problem), false) + 1;
	return lines;
}

/* What has nothing to ask is seen only when it takes its time. */
static void
draw_waiting(struct tui *tui, const struct tui_form *f, struct tui_box screen)
{
	struct tui_box in;

	if (tui_asking_ms(tui) < HIDDEN_MS)
		return;
	in = tui_dialog_frame(tui, screen, 3, QUESTION_COLUMNS, f->title);
	(void)tui_put(&tui->canvas, in.row, in.column, in.columns, ROLE_DIALOG_DIM,
		STR("... Esc stops waiting"));
	tui->canvas.cursor_row = in.row;
	tui->canvas.cursor_column = in.column;
}

void
tui_form_draw(struct tui *tui, struct tui_dialog *d, struct tui_box screen)
{
	struct tui_form *f = (struct tui_form *)d;
	int columns = f->count > 3 ? FORM_COLUMNS : QUESTION_COLUMNS, beside, room;
	struct pen pen = {.tui = tui, .form = f};

	if (f->is_hidden) {
		draw_waiting(tui, f, screen);
		return;
	}
	if (columns > screen.columns - 4)
		columns = screen.columns - 4;
	pen.in.columns = columns - 4;
	beside = lines_beside(&pen);
	room = screen.rows - 2 - beside;
	if (room > (int)f->count)
		room = (int)f->count;
	if (room < 0)
		room = 0;
	pen.in = tui_dialog_frame(tui, screen, beside + room, columns, f->title);
	pen.row = pen.in.row;
	if (f->question.n) {
		put_text(&pen, ROLE_DIALOG, f->question);
		pen.row++;
	}
	if (f->consequence.n) {
		put_text(&pen, ROLE_DIALOG_WARN, f->consequence);
		pen.row++;
	}
	if (f->count) {
		draw_fields(&pen, room);
		put_text(&pen, ROLE_DIALOG_DIM, hint_of(&pen));
		pen.row =
			pen.in.row + pen.in.rows - 1 - (f->name.n ? 4 : 0) -
			(*f->problem ? wrap(&pen, ROLE_DIALOG, str_of(f->problem), false) + 1 : 0);
	}
	if (f->name.n)
		draw_name(&pen);
	if (*f->problem)
		put_text(&pen, ROLE_DIALOG_WARN, str_of(f->problem));
	pen.row = pen.in.row + pen.in.rows - 1;
	draw_buttons(&pen);
}
