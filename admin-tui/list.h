/*
 * A list of rows, of any resource: columns, selection, tags, search, filter, sort.
 *
 * The selection follows the row's id, not its place.  What is filtered by the name of a field
 * is asked of the server; words without a name look at the rows that are loaded.
 */
#ifndef ADMIN_TUI_LIST_H
#define ADMIN_TUI_LIST_H

#include "admin-tui/rows.h"

enum { TUI_TEXT_MAX = 240, TUI_TAGS_MAX = 500 };

struct tui_list {
	struct tui_view view; /* the first: a view is cast to what it is */
	struct tui_rows rows;
	const struct resource *row;
	const struct resource *parent; /* of whom these are the rows, or NULL */
	char parent_id[TUI_ID_MAX];
	char parent_name[TUI_ID_MAX];
	size_t fixed; /* so many of rows.values say of whom */

	uint32_t *order; /* places in rows of what is shown */
	size_t count, order_max;
	size_t selected, top;
	char selected_id[TUI_ID_MAX];
	char *tags[TUI_TAGS_MAX];
	size_t tag_count;

	const struct op_field *sort; /* NULL: as the server has them */
	bool is_reversed, is_wide, follows;
	char search[TUI_TEXT_MAX + 1];
	char filter[TUI_TEXT_MAX + 1];
	size_t search_from;
	int height; /* how many rows were shown last */
	int detail_top;
	bool detail_focused;
};

/* A view of the rows that op answers; fixed_field (NULL: none) narrows them to fixed. */
struct tui_list *tui_list_new(
	struct tui *, const struct op *, const struct op_field *fixed_field, struct str fixed);
/* Says whose rows these are, for operations that need both. */
void tui_list_belongs(struct tui_list *, const struct resource *, struct str id, struct str name);
/* Asks for the rows, with another filter; false after a message that says what is wrong. */
bool tui_list_filter(struct tui *, struct tui_list *, struct str text);

const struct json *tui_list_row(const struct tui_list *, size_t shown);
bool tui_list_is_tagged(const struct tui_list *, struct str id);
void tui_list_untag(struct tui_list *);
/* Of a view of this kind; NULL for another. */
struct tui_list *tui_list_of(struct tui_view *);

/* Chooses a row; asks for more rows where the end of what is loaded is near. */
void tui_list_select(struct tui *, struct tui_list *, size_t shown);
/* After rows, filter or sort have changed. */
void tui_list_arrange(struct tui_list *);

/* list_find.c */
bool tui_list_passes(struct arena *, const struct tui_list *, const struct json *row);
/* To the next row, or (with -1) the one before, that has what is searched for. */
void tui_list_search_on(struct tui *, struct tui_list *, long step);
void tui_list_typed(struct tui *, struct tui_view *, enum tui_action, struct str, bool is_done);

/* list_draw.c */
void tui_list_draw(struct tui *, struct tui_view *, struct tui_box, bool is_focused);
void tui_list_status(struct tui *, struct tui_view *, struct buf *);

#endif
