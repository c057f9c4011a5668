/* From what is selected to what it leads to. */
#ifndef ADMIN_TUI_OPEN_H
#define ADMIN_TUI_OPEN_H

#include "admin-tui/list.h"

/* The thing that a row of a list is, or that it speaks of. */
void tui_open_row(struct tui *, const struct tui_list *, const struct json *row);
/* What a member links to. */
void tui_open_field(
	struct tui *, const struct resource *, const struct json *row, const struct op_field *);
/* A thing by its noun and id, or name. */
void tui_open_item(struct tui *, const struct resource *, struct str id, const struct json *row);
/* A list of a screen by its op. */
void tui_open_list(struct tui *, const struct op *, struct str filter);

/* Writes the shown rows as CSV to a file of the user's alone. */
void tui_export(struct tui *, struct tui_list *);

/* Screens that have a number. */
struct tui_screen {
	const char *label;
	const struct op *op; /* the list; of the server: its status */
};
enum { TUI_SCREENS = 10 };
/* number: 1 to 9, and 0 for the last of them. */
const struct tui_screen *tui_screen(int number);
struct tui_view *tui_screen_new(struct tui *, int number);

#endif
