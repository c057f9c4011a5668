/*
 * What somebody likes otherwise: keys, colours, how often to ask, and views with a name, in
 * $XDG_CONFIG_HOME/authgate/admin.yaml.
 *
 *	refresh: 10s
 *	keys:
 *	  page-down: "f PgDn"
 *	colors:
 *	  selected: "black on cyan"
 *	views:
 *	  mine: "tokens user:mia active:true"
 *
 * Of YAML this is two levels of mappings with text in them, plain or in quotes.
 */
#ifndef ADMIN_TUI_SETTINGS_H
#define ADMIN_TUI_SETTINGS_H

#include "admin-tui/action.h"
#include "admin-tui/terminal.h"

enum { TUI_SAVED_MAX = 32, TUI_SETTINGS_BYTES = 64 * 1024 };

struct tui_saved_view {
	const char *name;
	const char *command; /* as behind ':' */
};

struct tui_settings {
	struct arena arena;
	struct tui_keymap keymap;
	struct tui_look looks[ROLE_COUNT];
	struct tui_saved_view views[TUI_SAVED_MAX];
	size_t view_count;
	int64_t refresh_ms; /* 0: as usual */
};

/* A file that is not there sets nothing.  ERR_CONFIG names file, line and what is wrong. */
MUST_USE enum err tui_settings_load(struct tui_settings *, const char *path, struct diag *);
/* The same of a text; file stands in what is said. */
MUST_USE enum err tui_settings_read(
	struct tui_settings *, const char *file, struct str text, struct diag *);
void tui_settings_free(struct tui_settings *);

#endif
