/*
 * What the screen shows, before any terminal has seen it: rows and columns of cells.
 *
 * Views draw here and know no terminal, so that a test can read what they drew.  Text of
 * strangers goes through tui_put like all other text: whatever could move a cursor, hide or
 * turn a line becomes <U+XXXX>, and nothing leaves the columns that it was given.
 *
 * A frame begins with tui_canvas_begin.  Later text covers earlier text.
 */
#ifndef ADMIN_TUI_CANVAS_H
#define ADMIN_TUI_CANVAS_H

#include "lib/base/buf.h"

enum {
	TUI_POINTS_MAX = 4, /* of one cell: a character and what combines with it */
	TUI_SPOTS_MAX = 512,
	TUI_ROWS_MAX = 500,
	TUI_COLUMNS_MAX = 1000,
};

/* What a text is, not how it looks: terminal.c has colours and attributes for each. */
enum tui_role {
#define ROLE(id, ...) ROLE_##id,
#include "admin-tui/roles.def"
	ROLE_COUNT
};

struct tui_cell {
	uint32_t points[TUI_POINTS_MAX]; /* the first is 0: the right half of a wide character */
	uint8_t role;
	uint8_t width;
};

struct tui_box {
	int row, column, rows, columns;
};

/* Where a click does something. */
struct tui_spot {
	struct tui_box box;
	uint32_t key; /* as if this had been typed, or one of TUI_KEY_CLICK_... */
	int number;   /* which row or tab */
};

struct tui_canvas {
	int rows, columns;
	bool utf8;
	struct tui_cell *cells;
	int cursor_row, cursor_column; /* where the reader is; screen readers follow it */
	struct tui_spot spots[TUI_SPOTS_MAX];
	size_t spot_count;
	struct arena arena; /* of this frame */
};

/* An empty frame of that size; the cursor is at its end. */
void tui_canvas_begin(struct tui_canvas *, int rows, int columns);
void tui_canvas_free(struct tui_canvas *);

/* Text from a column on, at most so many columns wide, cut with an ellipsis; how many it took. */
int tui_put(struct tui_canvas *, int row, int column, int columns, enum tui_role, struct str);
int tui_putf(struct tui_canvas *, int row, int column, int columns, enum tui_role, const char *,
	...) PRINTF_LIKE(6, 7);
/* The same, and blanks up to the width. */
void tui_put_padded(
	struct tui_canvas *, int row, int column, int columns, enum tui_role, struct str);
/* Gives cells another role and leaves their text. */
void tui_tint(struct tui_canvas *, int row, int column, int columns, enum tui_role);
void tui_blank(struct tui_canvas *, struct tui_box, enum tui_role);
/* Blank, with a frame around it; a title that is not empty stands in its upper edge. */
void tui_frame(struct tui_canvas *, struct tui_box, enum tui_role, struct str title);
void tui_line_down(struct tui_canvas *, int row, int column, int rows, enum tui_role);
void tui_spot(struct tui_canvas *, struct tui_box, uint32_t key, int number);
/* The topmost of those that hold the place; NULL if none does. */
const struct tui_spot *tui_spot_at(const struct tui_canvas *, int row, int column);

/* Text as tui_put shows it, and its width. */
struct str tui_clean(struct arena *, struct str, bool utf8);
int tui_width(const struct tui_canvas *, struct str);
/* An id whose middle gives way. */
struct str tui_elide(struct tui_canvas *, struct str, int columns);
/* One of two, by what the terminal can show. */
struct str tui_either(const struct tui_canvas *, const char *utf8, const char *ascii);

/* A row as text without blanks at its end: for tests and documents. */
struct str tui_canvas_row(const struct tui_canvas *, struct arena *, int row);

#endif
