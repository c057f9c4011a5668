/*
 * The rows of a list, as a window over what the server has: pages by cursor, at most
 * TUI_PAGES_MAX of them in memory, whatever the length of the list.
 */
#ifndef ADMIN_TUI_ROWS_H
#define ADMIN_TUI_ROWS_H

#include "admin-tui/ask.h"

enum { TUI_PAGE_ROWS = 100, TUI_PAGES_MAX = 5, TUI_FILTERS_MAX = 12 };

struct tui_page {
	struct tui_request *request; /* holds the answer */
	size_t count;
	bool is_stale;
};

struct tui_rows {
	const struct op *op;
	char ids[DOOR_IDS_MAX][TUI_ID_MAX];
	/* What narrows it: of whose list it is, and what was typed. */
	struct door_value values[TUI_FILTERS_MAX];
	size_t value_count;
	struct arena arena; /* of these, until tui_rows_ask */

	struct tui_page pages[TUI_PAGES_MAX];
	size_t page_count;
	size_t first;   /* how many pages stand before pages[0] */
	char **cursors; /* of page i, counted from the beginning; NULL where unknown */
	size_t cursor_count;
	bool has_more; /* behind the last page */
	bool was_asked;
	char problem[300]; /* why there is nothing; empty: there is no reason */
	/* Told after each change, with how many rows went away above (or, negative, came). */
	void (*changed)(struct tui *, void *owner, long gone_above);
	void *owner;
};

void tui_rows_free(struct tui *, struct tui_rows *);
/* Forgets the rows; they are asked for with the values as they are now. */
void tui_rows_reset(struct tui *, struct tui_rows *);
/* Asks for the next page, or for the one before, unless that is under way. */
void tui_rows_more(struct tui *, struct tui_rows *);
void tui_rows_before(struct tui *, struct tui_rows *);
/* Asks again for the pages that hold these rows. */
void tui_rows_refresh(struct tui *, struct tui_rows *, size_t from, size_t to);

size_t tui_rows_count(const struct tui_rows *);
/* NULL behind the end, and for a row that is none. */
const struct json *tui_rows_at(const struct tui_rows *, size_t i);
bool tui_rows_are_coming(const struct tui *, const struct tui_rows *);

#endif
