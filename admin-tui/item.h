/*
 * One thing: its fields, and tabs for what belongs to it.  Which tabs there are follows from
 * lib/ops: lists below its path, lists that can be narrowed to it, and its trail.
 */
#ifndef ADMIN_TUI_ITEM_H
#define ADMIN_TUI_ITEM_H

#include "admin-tui/list.h"

enum { TUI_TABS_MAX = 8 };

struct tui_tab {
	const struct op *op;
	const struct op_field *field; /* what narrows it; NULL: the path does */
	struct tui_list *list;        /* made when first seen */
};

struct tui_item {
	struct tui_view view;
	const struct resource *resource;
	const struct op *show; /* NULL: it can be seen in its list only */
	char id[TUI_ID_MAX];
	char name[TUI_ID_MAX];
	struct tui_request *request; /* holds the answer */
	struct json *copy;           /* of the row of a list, until that has come */
	bool was_asked;
	char problem[300];
	struct tui_tab tabs[TUI_TABS_MAX]; /* behind the fields, which are tab 0 */
	size_t tab_count;
	size_t tab;
	int here, top, field_count;
};

/* row may be NULL where the resource can be shown by id. */
struct tui_item *tui_item_new(
	struct tui *, const struct resource *, struct str id, const struct json *row);
const struct json *tui_item_row(const struct tui_item *);
/* What the tab shows; NULL for the fields. */
struct tui_list *tui_item_list(struct tui *, struct tui_item *);
/* To the tab of that list; NULL is allowed. */
void tui_item_go(struct tui_item *, enum op_id);
struct tui_item *tui_item_of(struct tui_view *);

#endif
