/* The loop: keys, answers, time, and the screen. */
#include "admin-tui/tui.h"

#include "admin-tui/console.h"
#include "admin-tui/open.h"
#include "admin-tui/settings.h"
#include "admin-tui/terminal.h"
#include "lib/base/clock.h"
#include "lib/base/secret.h"

#include <stdlib.h>
#include <unistd.h>

enum { US_PER_MS = 1000, FIRST_SCREEN = 2, KEYS_AT_ONCE = 64 };

const char *
tui_problem(void)
{
	return tui_terminal_problem();
}

static void
tell_time(struct tui *tui)
{
	tui->now_ms = clock_monotonic_us() / US_PER_MS;
	tui->wall_ms = clock_now_ms();
}

/* What the model wants of the terminal. */
static void
serve(struct tui *tui, struct tui_terminal *terminal)
{
	if (tui->wants_suspend) {
		tui_terminal_suspend(terminal);
		tui_refresh(tui);
		tui->is_dirty = true;
	}
	if (tui->wants_redraw)
		tui_terminal_redraw(terminal);
	if (tui->wants_copy->n) {
		(void)tui_terminal_copy(terminal,
			(struct str){(const char *)tui->wants_copy->p, tui->wants_copy->n});
		secret_free(tui->wants_copy);
	}
	tui->wants_suspend = tui->wants_redraw = false;
}

static void
paint(struct tui *tui, struct tui_terminal *terminal)
{
	int rows, columns;

	tui_terminal_size(terminal, &rows, &columns);
	tui_draw(tui, rows, columns);
	tui_terminal_paint(terminal, &tui->canvas);
}

static void
read_keys(struct tui *tui, struct tui_terminal *terminal, bool is_readable)
{
	struct tui_key key;
	int n = 0;

	while (!tui->quits && n < KEYS_AT_ONCE && tui_terminal_key(terminal, &key)) {
		/* A click is on what was drawn last. */
		if (tui->is_dirty && key.code == TUI_KEY_CLICK)
			paint(tui, terminal);
		tui_key(tui, &key);
		serve(tui, terminal);
		n++;
	}
	tui_terminal_read(terminal, is_readable, n > 0);
}

/* The screen is painted before waiting, and again only if something has changed or the
 * clock has. */
static int
loop(struct tui *tui, struct tui_terminal *terminal)
{
	int64_t painted_s = 0;
	bool is_readable;

	while (!tui->quits && !tui_terminal_signal(terminal)) {
		tell_time(tui);
		tui_poll(tui);
		if (tui->is_dirty || tui_asking_ms(tui) >= 0 ||
			painted_s != tui->wall_ms / MS_PER_S) {
			paint(tui, terminal);
			painted_s = tui->wall_ms / MS_PER_S;
		}
		is_readable = door_wait(tui->door, STDIN_FILENO, tui_timeout_ms(tui));
		tell_time(tui);
		read_keys(tui, terminal, is_readable);
	}
	return tui_terminal_signal(terminal);
}

static enum err
run_on(struct door *door, const struct tui_options *options, const struct tui_run *run,
	int *ret_signal, struct diag *diag)
{
	const char *no_color = getenv("NO_COLOR");
	struct tui_terminal_options looks = {.no_mouse = run->no_mouse,
		.no_color = no_color && *no_color,
		.looks = options->settings->looks};
	struct tui_terminal *terminal;
	struct tui *tui;
	enum err e;

	if ((e = tui_terminal_start(&looks, &terminal, diag)))
		return e;
	tui = tui_new(door, options);
	tell_time(tui);
	tui_go(tui, FIRST_SCREEN);
	*ret_signal = loop(tui, terminal);
	tui_terminal_stop(terminal);
	tui_free(tui);
	return OK;
}

enum err
tui_main(struct door *door, const struct tui_run *run, int *ret_signal, struct diag *diag)
{
	bool utf8 = tui_terminal_locale();
	struct tui_settings settings = {.refresh_ms = 0};
	struct tui_options options = {.read_only = run->read_only,
		.ascii = run->ascii || !utf8,
		.settings = &settings,
		.is_first = run->is_first};
	enum err e = tui_settings_load(&settings, run->settings, diag);

	if (!e)
		e = run_on(door, &options, run, ret_signal, diag);
	tui_settings_free(&settings);
	return e;
}
