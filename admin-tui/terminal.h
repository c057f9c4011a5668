/*
 * The terminal, and the only user of curses.
 *
 * From tui_terminal_start to tui_terminal_stop the terminal is ours; whatever ends the program
 * in between gives it back: an ordinary end, SIGTERM or SIGHUP (the loop asks
 * tui_terminal_signal), a suspension, and a crash (a handler of its own).  What libraries write to
 * standard error in that time is kept and shown afterwards.
 */
#ifndef ADMIN_TUI_TERMINAL_H
#define ADMIN_TUI_TERMINAL_H

#include "admin-tui/canvas.h"
#include "admin-tui/key.h"
#include "lib/base/diag.h"

/* How one role looks instead of what roles.def says; -1: the terminal's own colour. */
struct tui_look {
	bool is_set;
	int16_t foreground, background;
};

struct tui_terminal_options {
	bool no_mouse;
	bool no_color;
	const struct tui_look *looks; /* ROLE_COUNT of them, or NULL */
};

struct tui_terminal;

/* A sentence, if this is no terminal that can be drawn upon; else NULL. */
const char *tui_terminal_problem(void);
/* Chooses the locale; whether it is one of UTF-8. */
bool tui_terminal_locale(void);

MUST_USE enum err tui_terminal_start(
	const struct tui_terminal_options *, struct tui_terminal **ret, struct diag *);
/* NULL is allowed. */
void tui_terminal_stop(struct tui_terminal *);

void tui_terminal_size(const struct tui_terminal *, int *ret_rows, int *ret_columns);
/* Never waits; false if there is none. */
bool tui_terminal_key(struct tui_terminal *, struct tui_key *ret);
/* What came of reading keys: a terminal that can be read and has none is gone. */
void tui_terminal_read(struct tui_terminal *, bool was_readable, bool has_read);
/* Shows a canvas of that size. */
void tui_terminal_paint(struct tui_terminal *, const struct tui_canvas *);
/* Forgets what is on the screen, and draws all of it at the next painting. */
void tui_terminal_redraw(struct tui_terminal *);
/* Stops this process as ^Z does; returns when it goes on. */
void tui_terminal_suspend(struct tui_terminal *);
/* To the clipboard of whoever sits in front of it (OSC 52); false if it is too long. */
bool tui_terminal_copy(struct tui_terminal *, struct str text);
/* The signal that asked for an end, or 0.  SIGHUP also stands for a terminal that is gone. */
int tui_terminal_signal(const struct tui_terminal *);

#endif
