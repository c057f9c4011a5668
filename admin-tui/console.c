/* Views, dialogs, and who gets a key. */
#include "admin-tui/console.h"

#include "admin-tui/ask.h"
#include "admin-tui/command.h"
#include "admin-tui/dialog.h"
#include "admin-tui/item.h"
#include "admin-tui/open.h"
#include "admin-tui/operate.h"
#include "admin-tui/settings.h"
#include "lib/base/secret.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { NOTE_MS = 6000, SPINNER_AFTER_MS = 200, IDLE_MS = 1000, BUSY_MS = 100 };

/* ---- views ---- */

struct tui_view *
tui_top(const struct tui *tui)
{
	return tui->view_count ? tui->views[tui->view_count - 1] : NULL;
}

static void
end_view(struct tui *tui, size_t i)
{
	struct tui_view *v = tui->views[i];

	tui->view_count--;
	memmove(&tui->views[i], &tui->views[i + 1], (tui->view_count - i) * sizeof tui->views[0]);
	v->kind->free(tui, v);
}

void
tui_push(struct tui *tui, struct tui_view *v)
{
	if (tui->view_count == TUI_VIEWS_MAX)
		end_view(tui, 1);
	tui->views[tui->view_count++] = v;
	tui->is_dirty = true;
	tui->touched_ms = tui->now_ms;
	v->kind->tick(tui, v, false);
}

void
tui_pop(struct tui *tui)
{
	if (tui->view_count > 1)
		end_view(tui, tui->view_count - 1);
	else
		tui->quits = true;
	tui->is_dirty = true;
}

/* A screen is opened once; it stays as it was left. */
void
tui_go(struct tui *tui, int number)
{
	for (size_t i = 0; i < tui->view_count; i++)
		if (tui->views[i]->screen == number) {
			while (tui->view_count > i + 1)
				end_view(tui, tui->view_count - 1);
			tui->is_dirty = true;
			return;
		}
	while (tui->view_count && tui_top(tui)->screen < 0)
		end_view(tui, tui->view_count - 1);
	tui_push(tui, tui_screen_new(tui, number));
}

void
tui_refresh(struct tui *tui)
{
	tui->due_ms = 0;
	tui->retry_ms = 0;
}

/* ---- messages ---- */

void
tui_say(struct tui *tui, enum tui_role role, const char *format, ...)
{
	va_list ap;

	va_start(ap, format);
	(void)vsnprintf(tui->note.text, sizeof tui->note.text, format, ap);
	va_end(ap);
	tui->note.role = role;
	tui->note.until_ms = tui->now_ms + NOTE_MS;
	tui->is_dirty = true;
}

void
tui_copy(struct tui *tui, struct str text)
{
	if (!text.n)
		return;
	secret_set(tui->wants_copy, text.p, text.n);
	tui_say(tui, ROLE_GOOD, "Copied, if your terminal takes it (OSC 52).");
}

bool
tui_may_write(const struct tui *tui)
{
	return !tui->options.read_only;
}

/* ---- dialogs ---- */

void
tui_dialog_push(struct tui *tui, struct tui_dialog *d)
{
	d->behind = tui->dialog;
	tui->dialog = d;
	tui->is_dirty = true;
}

void
tui_dialog_pop(struct tui *tui)
{
	struct tui_dialog *d = tui->dialog;

	tui->dialog = d->behind;
	tui->is_dirty = true;
	d->kind->free(tui, d);
}

/* ---- typing a line ---- */

static void
begin_typing(struct tui *tui, enum tui_action what)
{
	struct tui_list *l = tui_list_of(tui_top(tui));

	if (!l && tui_item_of(tui_top(tui)))
		l = tui_item_list(tui, tui_item_of(tui_top(tui)));
	if (what != ACTION_COMMAND && !l)
		return;
	tui->typing = what;
	tui_line_set(&tui->line, what == ACTION_FILTER ? str_of(l->filter) : STR_NONE);
}

static void
end_typing(struct tui *tui, bool is_done)
{
	enum tui_action what = tui->typing;
	struct tui_view *top = tui_top(tui);
	struct str text = is_done ? tui_line_str(&tui->line) : STR_NONE;

	tui->typing = ACTION_NONE;
	if (what == ACTION_COMMAND) {
		if (is_done)
			tui_command(tui, text);
	} else if (is_done || what == ACTION_SEARCH) {
		top->kind->typed(tui, top, what, text, is_done);
	}
}

static void
type(struct tui *tui, uint32_t code)
{
	struct tui_view *top = tui_top(tui);

	if (code == TUI_KEY_ESC || code == TUI_CTRL('C'))
		end_typing(tui, false);
	else if (code == TUI_KEY_ENTER)
		end_typing(tui, true);
	else if (code == TUI_KEY_BACKSPACE && !tui->line.n)
		end_typing(tui, false);
	else if (tui->typing == ACTION_COMMAND && tui_command_key(tui, code))
		return;
	else if (tui_line_key(&tui->line, code) && tui->typing == ACTION_SEARCH)
		top->kind->typed(tui, top, ACTION_SEARCH, tui_line_str(&tui->line), false);
}

/* ---- keys ---- */

static void
cancel_requests(struct tui *tui)
{
	tui_ask_cancel(tui, NULL);
	tui_say(tui, ROLE_WARN, "Cancelled.");
}

static bool
act_everywhere(struct tui *tui, enum tui_action action)
{
	switch (action) {
	case ACTION_SEARCH:
	case ACTION_FILTER:
	case ACTION_COMMAND: begin_typing(tui, action); return true;
	case ACTION_TIMES: tui->times = (tui->times + 1) % TIMES_COUNT; return true;
	case ACTION_URL:
		tui_say(tui, ROLE_TEXT, "%.*s", STR_ARG(door_name(tui->door)));
		return true;
	case ACTION_UNDO: tui_undo(tui); return true;
	case ACTION_REFRESH: tui_refresh(tui); return true;
	case ACTION_REDRAW: tui->wants_redraw = true; return true;
	case ACTION_SUSPEND: tui->wants_suspend = true; return true;
	case ACTION_HELP:
		tui->options.is_first = false;
		tui_help(tui);
		return true;
	case ACTION_BACK: tui_pop(tui); return true;
	case ACTION_QUIT: tui->quits = true; return true;
	default: return false;
	}
}

static bool
operate(struct tui *tui, uint32_t code)
{
	struct tui_offer offer = tui_offer_of(tui_top(tui));
	const struct op *op = tui_offer_key(&offer, code == TUI_KEY_DELETE ? 'D' : code);

	if (!op)
		return false;
	tui_operate(tui, &offer, op);
	return true;
}

static void
press(struct tui *tui, const struct tui_key *key)
{
	struct tui_view *top = tui_top(tui);
	enum tui_action action = tui_action_of(&tui->keymap, key->code);

	if (key->code == TUI_KEY_ESC && tui_asking_ms(tui) > SPINNER_AFTER_MS) {
		cancel_requests(tui);
		return;
	}
	if (key->code >= '0' && key->code <= '9') {
		tui_go(tui, (int)(key->code - '0'));
		return;
	}
	if (key->code == TUI_KEY_CLICK_TAB && key->number < 100) {
		tui_go(tui, key->number);
		return;
	}
	if (top->kind->act(tui, top, action, key) || operate(tui, key->code))
		return;
	(void)act_everywhere(tui, action);
}

/* A click is what stands there. */
static bool
resolve_click(const struct tui *tui, struct tui_key *key)
{
	const struct tui_spot *spot;

	if (key->code != TUI_KEY_CLICK)
		return true;
	spot = tui_spot_at(&tui->canvas, key->row, key->column);
	if (!spot)
		return false;
	key->code = spot->key;
	key->number = spot->number;
	return true;
}

static bool
is_marker(struct tui *tui, uint32_t code)
{
	if (code == TUI_KEY_PASTE_BEGIN || code == TUI_KEY_PASTE_END)
		tui->is_pasting = code == TUI_KEY_PASTE_BEGIN;
	else if (code != TUI_KEY_RESIZE)
		return false;
	return true;
}

void
tui_key(struct tui *tui, const struct tui_key *given)
{
	struct tui_key key = *given;

	tui->is_dirty = true;
	if (tui->now_ms - tui->touched_ms >= TUI_UNTOUCHED_MS)
		tui_refresh(tui);
	tui->touched_ms = tui->now_ms;
	if (is_marker(tui, key.code) || !resolve_click(tui, &key))
		return;
	/* What is pasted is text for a field, or it is nothing. */
	if (tui->is_pasting && !tui->dialog && !tui->typing)
		return;
	if (tui->is_pasting && key.code < ' ')
		key.code = ' ';
	tui->note.until_ms = 0;
	if (tui->dialog)
		tui->dialog->kind->key(tui, tui->dialog, &key);
	else if (tui->typing)
		type(tui, key.code);
	else
		press(tui, &key);
}

/* ---- time ---- */

static int64_t
refresh_pause(const struct tui *tui, struct tui_view *top)
{
	const struct tui_list *l = tui_list_of(top);
	bool is_watched = tui->now_ms - tui->touched_ms < TUI_UNTOUCHED_MS || (l && l->follows);
	int64_t usual = tui->options.settings && tui->options.settings->refresh_ms
				? tui->options.settings->refresh_ms
				: TUI_REFRESH_MS;

	return is_watched || usual > TUI_REFRESH_UNTOUCHED_MS ? usual : TUI_REFRESH_UNTOUCHED_MS;
}

void
tui_poll(struct tui *tui)
{
	struct tui_view *top;
	bool is_due;

	tui_ask_poll(tui);
	top = tui_top(tui);
	if (!top)
		return;
	/* Somebody who types, or is asked something, wants nothing to move. */
	is_due = tui->is_connected
			 ? tui->now_ms >= tui->due_ms && !tui->dialog && !tui->typing
			 : tui->now_ms >= tui->retry_ms && (tui->was_connected || *tui->trouble);
	if (is_due && !tui_is_asking(tui, NULL)) {
		tui->due_ms = tui->now_ms + refresh_pause(tui, top);
		tui->retry_ms = tui->now_ms + TUI_REFRESH_MS;
		top->kind->tick(tui, top, true);
		tui->is_dirty = true;
	} else {
		top->kind->tick(tui, top, false);
	}
	tui_ask_poll(tui);
	if (tui->note.until_ms && tui->now_ms >= tui->note.until_ms) {
		tui->note.until_ms = 0;
		tui->is_dirty = true;
	}
}

int
tui_timeout_ms(const struct tui *tui)
{
	return tui_asking_ms(tui) >= 0 ? BUSY_MS : IDLE_MS;
}

/* ---- life ---- */

struct tui *
tui_new(struct door *door, const struct tui_options *options)
{
	struct tui *tui = xcalloc(1, sizeof *tui);

	tui->door = door;
	tui->options = *options;
	if (options->settings)
		tui->keymap = options->settings->keymap;
	tui->is_connected = true;
	tui->clients_pending = -1;
	tui->wants_copy = xcalloc(1, sizeof *tui->wants_copy);
	tui->history = tui_history_new();
	tui->canvas.utf8 = !options->ascii;
	tui->is_dirty = true;
	return tui;
}

void
tui_free(struct tui *tui)
{
	while (tui->dialog)
		tui_dialog_pop(tui);
	while (tui->view_count)
		end_view(tui, tui->view_count - 1);
	tui_ask_cancel(tui, NULL);
	tui_canvas_free(&tui->canvas);
	secret_free(tui->wants_copy);
	free(tui->wants_copy);
	tui_history_free(tui->history);
	free(tui);
}
