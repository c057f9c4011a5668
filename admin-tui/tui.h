/*
 * `authgate admin` on a terminal: a full-screen console.
 *
 * It draws from lib/ops and speaks through a door, as the command does; what it may do is what
 * the server lets the command do.  docs/ADMIN.md shows it.
 */
#ifndef ADMIN_TUI_TUI_H
#define ADMIN_TUI_TUI_H

#include "lib/base/diag.h"
#include "lib/door/door.h"

struct tui_run {
	bool read_only;
	bool ascii;
	bool no_mouse;
	bool is_first;        /* whoever runs it has not seen it before */
	const char *settings; /* the path of admin.yaml, or NULL */
};

/* NULL, or a sentence that says why there can be no console here. */
const char *tui_problem(void);
/* Until somebody quits, or the terminal is gone.  ret_signal: what ended it, or 0. */
MUST_USE enum err tui_main(struct door *, const struct tui_run *, int *ret_signal, struct diag *);

#endif
