/*
 * What keys do, from one table (keys.def), which the footer and the help show, too.
 * admin.yaml may give an action other keys.
 */
#ifndef ADMIN_TUI_ACTION_H
#define ADMIN_TUI_ACTION_H

#include "admin-tui/key.h"

enum tui_place { IN_LIST = 1, IN_ITEM = 2, IN_AUDIT = 4, IN_ALL = 15 };

enum tui_action {
	ACTION_NONE,
#define ACTION(id, ...) ACTION_##id,
#include "admin-tui/keys.def"
	ACTION_COUNT
};

struct tui_action_row {
	const char *name; /* in admin.yaml: "page-up" */
	const char *keys;
	unsigned places;
	const char *word; /* of the footer, or NULL */
	const char *help;
};

extern const struct tui_action_row tui_actions[ACTION_COUNT];

/* Other keys than those of the table, by action; NULL members leave them. */
struct tui_keymap {
	const char *keys[ACTION_COUNT];
};

const char *tui_action_keys(const struct tui_keymap *, enum tui_action);
enum tui_action tui_action_of(const struct tui_keymap *, uint32_t code);
/* By the name in admin.yaml; ACTION_NONE if there is none. */
enum tui_action tui_action_named(struct str name);

#endif
