/*
 * What somebody presses: a character, a control character, or one of those below.
 *
 * Names, as the help shows them and admin.yaml says them: "j", "G", "/", "^L", "Enter", "Space",
 * "Up", "PgDn", "F1".
 */
#ifndef ADMIN_TUI_KEY_H
#define ADMIN_TUI_KEY_H

#include "lib/base/str.h"

#define TUI_CTRL(c) ((uint32_t)(c)&0x1f)

enum {
	TUI_KEY_TAB = 9,
	TUI_KEY_ENTER = 13,
	TUI_KEY_ESC = 27,
	TUI_KEY_SPACE = ' ',
	/* Behind the last code point of Unicode. */
	TUI_KEY_SPECIAL = 0x110000,
	TUI_KEY_UP,
	TUI_KEY_DOWN,
	TUI_KEY_LEFT,
	TUI_KEY_RIGHT,
	TUI_KEY_HOME,
	TUI_KEY_END,
	TUI_KEY_PAGE_UP,
	TUI_KEY_PAGE_DOWN,
	TUI_KEY_BACKSPACE,
	TUI_KEY_DELETE,
	TUI_KEY_BACK_TAB,
	TUI_KEY_WHEEL_UP,
	TUI_KEY_WHEEL_DOWN,
	TUI_KEY_CLICK,       /* at key.row and key.column */
	TUI_KEY_CLICK_ROW,   /* of spots: choose a row */
	TUI_KEY_CLICK_TAB,   /* of spots: go to a tab */
	TUI_KEY_CLICK_FIELD, /* of spots: go to a field of a form */
	TUI_KEY_RESIZE,
	TUI_KEY_PASTE_BEGIN,
	TUI_KEY_PASTE_END,
	TUI_KEY_F1, /* and so on, to F12 */
	TUI_KEY_F12 = TUI_KEY_F1 + 11,
};

struct tui_key {
	uint32_t code;
	int row, column; /* of a click */
	int number;      /* of a spot */
	bool twice;      /* a double click */
};

/* 0 for a name that is none. */
uint32_t tui_key_named(struct str name);
/* Whether one of the names, which are separated by blanks, is this key. */
bool tui_key_among(const char *names, uint32_t code);
/* "^L", "Enter", "j". */
struct str tui_key_name(struct arena *, uint32_t code);

#endif
