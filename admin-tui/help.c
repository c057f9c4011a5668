/* The help, made of the table of keys and of the operations of what is shown. */
#include "admin-tui/dialog.h"

#include "admin-tui/operate.h"
#include "lib/base/buf.h"

#include <stdlib.h>
#include <string.h>

enum { HELP_COLUMNS = 92, KEYS_COLUMNS = 16, LINES_MAX = 128, HELP_BYTES = 32 * 1024 };

struct help_line {
	struct str keys, text;
	bool is_head;
};

struct help {
	struct tui_dialog dialog;
	struct arena arena;
	struct help_line lines[LINES_MAX];
	size_t count;
	int top, height;
};

static void
add(struct help *h, struct str keys, struct str text, bool is_head)
{
	if (h->count < LINES_MAX)
		h->lines[h->count++] = (struct help_line){keys, text, is_head};
}

static void
add_operations(struct help *h, const struct tui *tui)
{
	const struct op *op;
	struct tui_offer offer = tui_offer_of(tui_top(tui));
	bool any = false;

	for (size_t i = 0; (op = tui_offer_op(&offer, i)); i++) {
		if (!op->key)
			continue;
		if (!any)
			add(h, STR_NONE, STR("What can be done here"), true);
		any = true;
		add(h, str_printf(&h->arena, "%c%s", op->key, op->key == 'D' ? " Del" : ""),
			str_of(op->help), false);
	}
	if (any)
		add(h, STR_NONE, STR_NONE, false);
}

static void
fill(struct help *h, const struct tui *tui)
{
	add_operations(h, tui);
	add(h, STR_NONE, STR("Keys"), true);
	add(h, STR("1 - 9, 0"), STR("the screens named above"), false);
	for (enum tui_action a = ACTION_NONE + 1; a < ACTION_COUNT; a++)
		add(h, str_of(tui_action_keys(&tui->keymap, a)), str_of(tui_actions[a].help),
			false);
	add(h, STR_NONE, STR_NONE, false);
	add(h, STR_NONE, STR("To select text with the mouse, hold Shift. !-commands do not exist."),
		false);
}

static void
draw(struct tui *tui, struct tui_dialog *d, struct tui_box screen)
{
	struct help *h = (struct help *)d;
	struct tui_box in =
		tui_dialog_frame(tui, screen, (int)h->count + 2, HELP_COLUMNS, STR("Help"));

	h->height = in.rows;
	if (h->top > (int)h->count - in.rows)
		h->top = (int)h->count - in.rows;
	if (h->top < 0)
		h->top = 0;
	for (int i = 0; i < in.rows && h->top + i < (int)h->count; i++) {
		const struct help_line *line = &h->lines[h->top + i];

		if (line->is_head || !line->keys.n) {
			(void)tui_put(&tui->canvas, in.row + i, in.column, in.columns,
				line->is_head ? ROLE_DIALOG_EDGE : ROLE_DIALOG_DIM, line->text);
			continue;
		}
		(void)tui_put(&tui->canvas, in.row + i, in.column, KEYS_COLUMNS, ROLE_DIALOG_WARN,
			line->keys);
		(void)tui_put(&tui->canvas, in.row + i, in.column + KEYS_COLUMNS + 1,
			in.columns - KEYS_COLUMNS - 1, ROLE_DIALOG, line->text);
	}
	tui->canvas.cursor_row = in.row;
	tui->canvas.cursor_column = in.column;
}

static void
key(struct tui *tui, struct tui_dialog *d, const struct tui_key *k)
{
	struct help *h = (struct help *)d;

	switch (tui_action_of(&tui->keymap, k->code)) {
	case ACTION_UP: h->top--; break;
	case ACTION_DOWN: h->top++; break;
	case ACTION_PAGE_UP:
	case ACTION_HALF_UP: h->top -= h->height; break;
	case ACTION_PAGE_DOWN:
	case ACTION_HALF_DOWN:
	case ACTION_TAG: h->top += h->height; break;
	case ACTION_FIRST: h->top = 0; break;
	case ACTION_LAST: h->top = (int)h->count; break;
	case ACTION_BACK:
	case ACTION_HELP:
	case ACTION_QUIT: tui_dialog_pop(tui); break;
	default:
		if (k->code == TUI_KEY_WHEEL_UP)
			h->top--;
		else if (k->code == TUI_KEY_WHEEL_DOWN)
			h->top++;
		break;
	}
}

static void
end(struct tui *tui, struct tui_dialog *d)
{
	struct help *h = (struct help *)d;

	(void)tui;
	arena_free(&h->arena);
	free(h);
}

static const struct tui_dialog_kind kind = {
	.draw = draw, .key = key, .free = end, .footer = "j:Down  k:Up  Esc:Close"};

void
tui_help(struct tui *tui)
{
	struct help *h = xcalloc(1, sizeof *h);

	h->dialog.kind = &kind;
	fill(h, tui);
	tui_dialog_push(tui, &h->dialog);
}
