/* A line that somebody edits: UTF-8, never half a character. */
#ifndef ADMIN_TUI_LINE_H
#define ADMIN_TUI_LINE_H

#include "admin-tui/canvas.h"
#include "admin-tui/key.h"

enum { TUI_LINE_MAX = 2000 };

struct tui_line {
	char text[TUI_LINE_MAX + 1];
	size_t n, at; /* at: the cursor, in bytes */
};

void tui_line_set(struct tui_line *, struct str);
struct str tui_line_str(const struct tui_line *);
/* True if it was a key of the line: characters, Left, Right, Home, End, Backspace, Delete, ^A, ^E,
 * ^K, ^U, ^W. */
bool tui_line_key(struct tui_line *, uint32_t code);
/* Shows the part around the cursor, and puts the cursor of the canvas there. */
void tui_line_draw(const struct tui_line *, struct tui_canvas *, struct tui_box, enum tui_role,
	bool is_secret, bool is_here);

#endif
