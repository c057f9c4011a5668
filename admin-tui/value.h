/* What a row's members look like on the screen. */
#ifndef ADMIN_TUI_VALUE_H
#define ADMIN_TUI_VALUE_H

#include "admin-tui/console.h"

/* As text, not cleaned; lists are words with blanks between them. */
struct str tui_value(struct arena *, const struct json *row, const char *member);
/* The same for a person: "3 h ago" or an instant, "yes" and "no". */
struct str tui_value_shown(const struct tui *, struct arena *, const struct json *row,
	const struct op_field *, bool is_short);
/* An age in at most five characters, "12 s", "3 h", "41 d"; "in 3 h" for what is to come. */
struct str tui_age(struct arena *, int64_t ms);

/* Words of state, such as "active" and "pending": how they look, and a sign for those who see no
 * colours; empty for a word that is none. */
enum tui_role tui_state_role(struct str word);
struct str tui_state_sign(const struct tui_canvas *, struct str word);
/* The field that says how a row is: status, state or severity; NULL if there is none. */
const struct op_field *tui_state_field(const struct resource *);

/* What a path calls a row: its first id, or what it is called by. */
struct str tui_row_id(struct arena *, const struct resource *, const struct json *row);
/* What people call it; its id if it has no name. */
struct str tui_row_name(struct arena *, const struct resource *, const struct json *row);
/* "Clients", "Access tokens": a heading for a list. */
const char *tui_heading(const struct op *);

#endif
