/*
 * What the terminal can do, and the guard in front of it: nothing a server said
 * reaches it without passing client_terminal_clean.
 */
#ifndef CLIENTS_TERMINAL_H
#define CLIENTS_TERMINAL_H

#include "lib/base/str.h"

struct terminal {
	bool tty;
	bool moves; /* the line may be redrawn: a tty that is not dumb */
	bool color;
	bool utf8;
	int columns;
	int rows;
};

/* Looks at the descriptor and at TERM, NO_COLOR, CLICOLOR_FORCE, COLUMNS, LINES,
 * LC_ALL, LC_CTYPE and LANG (no locale needs to be installed).  NO_COLOR, if not
 * empty, wins over CLICOLOR_FORCE (no-color.org). */
void client_terminal_look(int fd, struct terminal *ret);

/* Replaces by '?' whatever could move the cursor, hide or reorder text: C0, DEL,
 * C1, the bidirectional marks, invisible characters, ill-formed UTF-8; with
 * utf8 false everything beyond ASCII. */
struct str client_terminal_clean(struct arena *, struct str, bool utf8);

#endif
