/* What stands in front of a screen and takes all keys until it goes. */
#ifndef ADMIN_TUI_DIALOG_H
#define ADMIN_TUI_DIALOG_H

#include "admin-tui/console.h"

struct tui_dialog_kind {
	void (*draw)(struct tui *, struct tui_dialog *, struct tui_box screen);
	void (*key)(struct tui *, struct tui_dialog *, const struct tui_key *);
	void (*free)(struct tui *, struct tui_dialog *);
	const char *footer; /* "Esc:Close" */
};

struct tui_dialog {
	const struct tui_dialog_kind *kind;
	struct tui_dialog *behind;
};

void tui_dialog_push(struct tui *, struct tui_dialog *);
/* Ends the topmost. */
void tui_dialog_pop(struct tui *);
/* A frame in the middle, at most that large; what is inside of it. */
struct tui_box tui_dialog_frame(
	struct tui *, struct tui_box screen, int rows, int columns, struct str title);

/* help.c: all keys, from the tables. */
void tui_help(struct tui *);

#endif
