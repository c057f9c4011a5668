/* The whole screen: the bar, the numbers of the screens, the view, what is said below it. */
#include "admin-tui/ask.h"
#include "admin-tui/console.h"
#include "admin-tui/dialog.h"
#include "admin-tui/open.h"
#include "admin-tui/operate.h"
#include "admin-tui/value.h"
#include "lib/base/clock.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

enum {
	BAR_ROW,
	TABS_ROW,
	EDGE_ROW,
	BODY_ROW,
	BELOW_ROWS = 2,
	SPINNER_AFTER_MS = 200,
	STATUS_MAX = 1024,
	LETTERS_MAX = 9
};

/* ---- above ---- */

static void
draw_bar(struct tui *tui)
{
	struct tui_canvas *c = &tui->canvas;
	time_t now = (time_t)(tui->wall_ms / MS_PER_S);
	enum tui_role role = tui->is_connected ? ROLE_BAR : ROLE_BAR_WARN;
	struct tm parts = {0};
	char clock[16] = "";
	const char *mode = tui_may_write(tui) ? "RW" : "RO";
	int right;

	tui_put_padded(c, BAR_ROW, 0, c->columns, role, STR_NONE);
	if (localtime_r(&now, &parts))
		(void)strftime(clock, sizeof clock, "%H:%M:%S", &parts);
	right = c->columns - 1 - (int)strlen(clock);
	(void)tui_put(c, BAR_ROW, right, 8, role, str_of(clock));
	right -= 4;
	(void)tui_put(c, BAR_ROW, right, 2, role, str_of(mode));
	(void)tui_putf(
		c, BAR_ROW, 1, right - 3, role, "authgate   %.*s", STR_ARG(door_name(tui->door)));
}

static const int screen_order[] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 0};

static int
screen_here(const struct tui *tui)
{
	for (size_t i = tui->view_count; i-- > 0;)
		if (tui->views[i]->screen >= 0)
			return tui->views[i]->screen;
	return -1;
}

/* How wide they are with at most so many letters each, and with a blank within each if there is
 * room for that. */
static int
width_of_tabs(const struct tui *tui, int here, int letters)
{
	int width = 1 + (tui->clients_pending > 0 ? 5 : 0), blanks = letters == LETTERS_MAX;

	for (size_t i = 0; i < countof(screen_order); i++) {
		int n = (int)strlen(tui_screen(screen_order[i])->label);

		if (n > letters && screen_order[i] != here)
			n = letters;
		width += 1 + n + (i ? 1 : 0) + blanks * 2;
	}
	return width;
}

static int
letters_of_tabs(const struct tui *tui, int here)
{
	int letters = LETTERS_MAX;

	while (letters > 1 && width_of_tabs(tui, here, letters) > tui->canvas.columns)
		letters--;
	return letters;
}

static void
draw_tabs(struct tui *tui)
{
	struct tui_canvas *c = &tui->canvas;
	int here = screen_here(tui), column = 1, letters = letters_of_tabs(tui, here);
	bool is_wide = letters == LETTERS_MAX;

	for (size_t i = 0; i < countof(screen_order); i++) {
		int number = screen_order[i], begin = column;
		enum tui_role role = number == here ? ROLE_TAB_HERE : ROLE_TAB;

		column += tui_putf(c, TABS_ROW, column, c->columns,
			number == here ? role : ROLE_KEY, "%d%s", number, is_wide ? " " : "");
		column += tui_putf(c, TABS_ROW, column, c->columns, role, "%.*s",
			number == here ? LETTERS_MAX : letters, tui_screen(number)->label);
		if (number == 2 && tui->clients_pending > 0)
			column += tui_putf(c, TABS_ROW, column, c->columns, ROLE_WARN, "(%d!)",
				tui->clients_pending);
		tui_spot(c, (struct tui_box){TABS_ROW, begin, 1, column - begin}, TUI_KEY_CLICK_TAB,
			number);
		column += is_wide ? 2 : 1;
	}
}

/* Where we are: "Clients > client laptop-cli". */
static void
draw_path(struct tui *tui)
{
	struct tui_canvas *c = &tui->canvas;
	struct buf path;
	size_t from = 0;

	for (int i = 0; i < c->columns; i++)
		(void)tui_put(c, EDGE_ROW, i, 1, ROLE_EDGE, tui_either(c, "─", "-"));
	buf_init(&path, &c->arena, STATUS_MAX);
	for (size_t i = 0; i < tui->view_count; i++)
		if (tui->views[i]->screen >= 0)
			from = i;
	for (size_t i = from; i < tui->view_count; i++) {
		if (i > from)
			buf_add(&path, tui_either(c, " › ", " > "));
		tui->views[i]->kind->title(tui->views[i], &path);
	}
	(void)tui_put(c, EDGE_ROW, 2, c->columns - 4, ROLE_TEXT,
		str_printf(&c->arena, " %.*s ", STR_ARG(buf_str(&path))));
}

/* In a place that nothing else wants, so that it hides nothing. */
static void
draw_hint(struct tui *tui)
{
	struct tui_canvas *c = &tui->canvas;
	struct str hint = STR(" New here? ? lists the keys, q goes back ");

	if (tui->options.is_first)
		(void)tui_put(c, EDGE_ROW, c->columns - tui_width(c, hint) - 2, c->columns,
			ROLE_WARN, hint);
}

/* ---- below ---- */

static void
draw_state(struct tui *tui, int row)
{
	static const char *const fine[] = {"⠋", "⠙", "⠹", "⠸", "⠼", "⠴", "⠦", "⠧", "⠇", "⠏"};
	static const char *const plain[] = {"|", "/", "-", "\\"};
	struct tui_canvas *c = &tui->canvas;
	int64_t asking = tui_asking_ms(tui);
	struct str text;

	if (asking >= SPINNER_AFTER_MS) {
		size_t turn = (size_t)(tui->now_ms / 100);

		text = str_printf(&c->arena, "%s %lld s  Esc:Cancel",
			c->utf8 ? fine[turn % countof(fine)] : plain[turn % countof(plain)],
			(long long)(asking / MS_PER_S));
	} else if (!tui->is_connected) {
		int64_t left = (tui->retry_ms - tui->now_ms + MS_PER_S - 1) / MS_PER_S;

		text = str_printf(&c->arena, "disconnected, again in %lld s  R:Now",
			(long long)(left > 0 ? left : 0));
	} else if (tui->refreshed_ms) {
		text = str_printf(&c->arena, "updated %lld s ago",
			(long long)((tui->now_ms - tui->refreshed_ms) / MS_PER_S));
	} else {
		return;
	}
	(void)tui_put(c, row, c->columns - 1 - tui_width(c, text), c->columns,
		tui->is_connected ? ROLE_DIM : ROLE_WARN, text);
}

static void
draw_status(struct tui *tui, int row)
{
	struct tui_canvas *c = &tui->canvas;
	struct tui_view *top = tui_top(tui);
	struct buf text;

	if (tui->note.until_ms) {
		(void)tui_put(c, row, 1, c->columns - 2, tui->note.role, str_of(tui->note.text));
		return;
	}
	buf_init(&text, &c->arena, STATUS_MAX);
	if (!tui->is_connected && *tui->trouble)
		buf_add_c(&text, tui->trouble);
	else if (top->kind->status)
		top->kind->status(tui, top, &text);
	(void)tui_put(c, row, 1, c->columns - 30, tui->is_connected ? ROLE_DIM : ROLE_BAD,
		buf_str(&text));
	draw_state(tui, row);
}

struct footer {
	struct tui *tui;
	int row, column;
};

static void
footer_add(struct footer *f, struct str key, uint32_t code, const char *word, bool is_off)
{
	struct tui_canvas *c = &f->tui->canvas;
	int begin = f->column, width = tui_width(c, key) + 1 + (int)strlen(word);

	if (f->column + width > c->columns - 1)
		return;
	f->column += tui_put(c, f->row, f->column, c->columns, is_off ? ROLE_DIM : ROLE_KEY, key);
	f->column += tui_putf(
		c, f->row, f->column, c->columns, is_off ? ROLE_DIM : ROLE_TEXT, ":%s", word);
	tui_spot(c, (struct tui_box){f->row, begin, 1, f->column - begin}, code, 0);
	f->column += 2;
}

static void
footer_action(struct footer *f, enum tui_action a)
{
	struct str keys = str_of(tui_action_keys(&f->tui->keymap, a));
	struct str first = str_word(&keys);

	if (tui_actions[a].word)
		footer_add(f, first, tui_key_named(first), tui_actions[a].word, false);
}

/* "rotate-secret" is "Rotate-secret". */
static void
footer_op(struct footer *f, const struct op *op)
{
	char word[40], key[2] = {op->key, '\0'};

	(void)snprintf(word, sizeof word, "%s", op->verb);
	if (*word >= 'a' && *word <= 'z')
		*word = (char)(*word - 'a' + 'A');
	footer_add(f, str_copy(&f->tui->canvas.arena, str_of(key)), (uint32_t)op->key, word,
		!tui_may_write(f->tui) || !f->tui->is_connected);
}

/* What depends on how the row is comes first: a client that waits is to be approved. */
static bool
is_called_for(const struct op *op)
{
	const struct op_condition *when = op_when(op);
	const struct op_field *state = tui_state_field(&resources[op->resource]);

	return when && state && !strcmp(when->member, state->name);
}

static void
draw_footer(struct tui *tui, int row)
{
	static const enum tui_action first[] = {ACTION_HELP, ACTION_OPEN, ACTION_BACK},
				     last[] = {ACTION_SEARCH, ACTION_FILTER, ACTION_FOLLOW,
					     ACTION_COMMAND, ACTION_TAG, ACTION_SORT, ACTION_COPY};
	struct footer f = {tui, row, 1};
	struct tui_view *top = tui_top(tui);
	struct tui_offer offer = tui_offer_of(top);
	unsigned places = top->kind->places;
	const struct op *op;

	if (tui->dialog) {
		(void)tui_put(&tui->canvas, row, 1, tui->canvas.columns - 2, ROLE_DIM,
			str_of(tui->dialog->kind->footer));
		return;
	}
	for (size_t i = 0; i < countof(first); i++)
		footer_action(&f, first[i]);
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; (op = tui_offer_op(&offer, i)); i++)
			if (op->key && is_called_for(op) == !pass)
				footer_op(&f, op);
	for (size_t i = 0; i < countof(last); i++)
		if (tui_actions[last[i]].places & places)
			footer_action(&f, last[i]);
}

static void
draw_typing(struct tui *tui, int row)
{
	struct tui_canvas *c = &tui->canvas;
	const char *sign = tui->typing == ACTION_SEARCH   ? "/"
			   : tui->typing == ACTION_FILTER ? "filter: "
							  : ":";
	int used = tui_put(c, row, 1, c->columns, ROLE_KEY, str_of(sign));

	tui_line_draw(&tui->line, c, (struct tui_box){row, 1 + used, 1, c->columns - used - 2},
		ROLE_TEXT, false, true);
}

/* ---- all of it ---- */

struct tui_box
tui_dialog_frame(struct tui *tui, struct tui_box screen, int rows, int columns, struct str title)
{
	struct tui_box box;

	box.rows = rows < screen.rows - 2 ? rows : screen.rows - 2;
	box.columns = columns < screen.columns - 4 ? columns : screen.columns - 4;
	box.row = screen.row + (screen.rows - box.rows) / 2;
	box.column = screen.column + (screen.columns - box.columns) / 2;
	tui_frame(&tui->canvas, box, ROLE_DIALOG_EDGE, title);
	/* Nothing behind it can be clicked. */
	tui_spot(&tui->canvas, screen, 0, 0);
	return (struct tui_box){box.row + 1, box.column + 2, box.rows - 2, box.columns - 4};
}

static void
draw_too_small(struct tui *tui)
{
	struct tui_canvas *c = &tui->canvas;

	(void)tui_putf(c, 0, 0, c->columns, ROLE_WARN, "Too small: %dx%d of %dx%d", c->columns,
		c->rows, TUI_COLUMNS_MIN, TUI_ROWS_MIN);
}

void
tui_draw(struct tui *tui, int rows, int columns)
{
	struct tui_canvas *c = &tui->canvas;
	struct tui_box all, body;

	tui_canvas_begin(c, rows, columns);
	tui->is_dirty = false;
	if (rows < TUI_ROWS_MIN || columns < TUI_COLUMNS_MIN) {
		draw_too_small(tui);
		return;
	}
	all = (struct tui_box){0, 0, c->rows, c->columns};
	body = (struct tui_box){BODY_ROW, 0, c->rows - BODY_ROW - BELOW_ROWS, c->columns};
	draw_bar(tui);
	draw_tabs(tui);
	draw_path(tui);
	draw_hint(tui);
	tui_top(tui)->kind->draw(tui, tui_top(tui), body, !tui->dialog && !tui->typing);
	if (tui->typing)
		draw_typing(tui, c->rows - 2);
	else
		draw_status(tui, c->rows - 2);
	draw_footer(tui, c->rows - 1);
	if (tui->dialog)
		tui->dialog->kind->draw(tui, tui->dialog, all);
}
