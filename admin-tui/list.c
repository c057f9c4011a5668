/* Which rows are shown, in which order, and what keys do to them. */
#include "admin-tui/list.h"

#include "admin-tui/open.h"
#include "admin-tui/value.h"
#include "lib/base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { AHEAD_ROWS = 30 };

const struct json *
tui_list_row(const struct tui_list *l, size_t shown)
{
	return shown < l->count ? tui_rows_at(&l->rows, l->order[shown]) : NULL;
}

static struct str
id_of(struct arena *arena, const struct tui_list *l, size_t shown)
{
	return tui_row_id(arena, l->row, tui_list_row(l, shown));
}

/* ---- order ---- */

struct sortable {
	struct str text;
	int64_t number;
	uint32_t place;
};

static int
compare(const void *one, const void *other)
{
	const struct sortable *a = one, *b = other;
	int by_text;

	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	by_text = strncasecmp(str_bytes(a->text), str_bytes(b->text),
		a->text.n < b->text.n ? a->text.n : b->text.n);
	if (by_text || a->text.n != b->text.n)
		return by_text ? by_text : a->text.n < b->text.n ? -1 : 1;
	return a->place < b->place ? -1 : a->place > b->place;
}

static void
sort(struct arena *arena, struct tui_list *l)
{
	struct sortable *items = arena_array(arena, struct sortable, l->count + 1);

	for (size_t i = 0; i < l->count; i++) {
		const struct json *row = tui_rows_at(&l->rows, l->order[i]);

		items[i].place = l->order[i];
		if (l->sort->kind == OP_NUMBER)
			items[i].number = json_get_i64(row, l->sort->name, 0);
		else
			items[i].text = tui_value(arena, row, l->sort->name);
	}
	qsort(items, l->count, sizeof *items, compare);
	for (size_t i = 0; i < l->count; i++)
		l->order[i] = items[l->is_reversed ? l->count - 1 - i : i].place;
}

static void
remember(struct tui_list *l)
{
	struct arena arena = {0};
	struct str id = id_of(&arena, l, l->selected);

	(void)snprintf(l->selected_id, sizeof l->selected_id, "%.*s", STR_ARG(id));
	arena_free(&arena);
}

/* The selection stays with its row; if that is gone, with its place. */
static void
find_selected(struct arena *arena, struct tui_list *l)
{
	size_t was = l->selected;

	for (size_t i = 0; *l->selected_id && i < l->count; i++)
		if (str_is(id_of(arena, l, i), l->selected_id)) {
			l->top = l->top + i > was ? l->top + i - was : 0;
			l->selected = i;
			return;
		}
	if (l->selected >= l->count)
		l->selected = l->count ? l->count - 1 : 0;
}

void
tui_list_arrange(struct tui_list *l)
{
	struct arena arena = {0};
	size_t total = tui_rows_count(&l->rows);

	if (total > l->order_max) {
		l->order = xrealloc(l->order, total * sizeof *l->order);
		l->order_max = total;
	}
	l->count = 0;
	for (size_t i = 0; i < total; i++) {
		const struct json *row = tui_rows_at(&l->rows, i);

		if (row && tui_list_passes(&arena, l, row))
			l->order[l->count++] = (uint32_t)i;
	}
	if (l->sort)
		sort(&arena, l);
	find_selected(&arena, l);
	arena_free(&arena);
	remember(l);
}

static void
rows_changed(struct tui *tui, void *owner, long gone_above)
{
	struct tui_list *l = owner;

	if (gone_above && !l->sort) {
		long top = (long)l->top - gone_above;

		l->top = top > 0 ? (size_t)top : 0;
	}
	if (l->follows) {
		l->selected = l->top = 0;
		l->selected_id[0] = '\0';
	}
	tui_list_arrange(l);
	tui->is_dirty = true;
}

/* ---- moving ---- */

void
tui_list_select(struct tui *tui, struct tui_list *l, size_t i)
{
	size_t loaded = l->count;

	l->selected = i < l->count ? i : l->count ? l->count - 1 : 0;
	l->detail_top = 0;
	if (l->selected)
		l->follows = false;
	remember(l);
	if (l->selected + AHEAD_ROWS >= loaded)
		tui_rows_more(tui, &l->rows);
	if (l->selected < AHEAD_ROWS)
		tui_rows_before(tui, &l->rows);
}

static void
move(struct tui *tui, struct tui_list *l, long by)
{
	long to = (long)l->selected + by;

	tui_list_select(tui, l, to < 0 ? 0 : (size_t)to);
}

/* ---- tags ---- */

bool
tui_list_is_tagged(const struct tui_list *l, struct str id)
{
	for (size_t i = 0; i < l->tag_count; i++)
		if (str_is(id, l->tags[i]))
			return true;
	return false;
}

void
tui_list_untag(struct tui_list *l)
{
	while (l->tag_count)
		free(l->tags[--l->tag_count]);
}

static void
toggle_tag(struct tui_list *l, struct str id)
{
	for (size_t i = 0; i < l->tag_count; i++)
		if (str_is(id, l->tags[i])) {
			free(l->tags[i]);
			l->tags[i] = l->tags[--l->tag_count];
			return;
		}
	if (id.n && id.n < TUI_ID_MAX && l->tag_count < TUI_TAGS_MAX) {
		l->tags[l->tag_count] = xcalloc(1, id.n + 1);
		memcpy(l->tags[l->tag_count++], id.p, id.n);
	}
}

static void
invert_tags(struct tui_list *l)
{
	struct arena arena = {0};

	for (size_t i = 0; i < l->count; i++)
		toggle_tag(l, id_of(&arena, l, i));
	arena_free(&arena);
}

/* ---- sort ---- */

static void
next_sort(struct tui_list *l)
{
	const struct op_field *fields = l->row->fields, *f = l->sort ? l->sort + 1 : fields;

	while (f < fields + l->row->field_count && !(f->places & OP_LIST))
		f++;
	l->sort = f < fields + l->row->field_count ? f : NULL;
	tui_list_arrange(l);
}

/* ---- keys ---- */

static void
open_selected(struct tui *tui, struct tui_list *l)
{
	const struct json *row = tui_list_row(l, l->selected);

	if (row)
		tui_open_row(tui, l, row);
}

static void
click(struct tui *tui, struct tui_list *l, const struct tui_key *key)
{
	size_t i = l->top + (size_t)key->number;
	bool again = i == l->selected && key->twice;

	l->detail_focused = false;
	tui_list_select(tui, l, i);
	if (again)
		open_selected(tui, l);
}

static bool
leave_something(struct tui *tui, struct tui_list *l, const struct tui_key *key)
{
	if (l->detail_focused) {
		l->detail_focused = false;
		return true;
	}
	if (key->code != TUI_KEY_ESC)
		return false;
	if (*l->search) {
		l->search[0] = '\0';
		return true;
	}
	if (*l->filter)
		return tui_list_filter(tui, l, STR_NONE);
	if (l->tag_count) {
		tui_list_untag(l);
		return true;
	}
	return false;
}

static bool
act_on_rows(struct tui *tui, struct tui_list *l, enum tui_action action)
{
	struct arena arena = {0};

	switch (action) {
	case ACTION_TAG:
		toggle_tag(l, id_of(&arena, l, l->selected));
		move(tui, l, 1);
		break;
	case ACTION_INVERT: invert_tags(l); break;
	case ACTION_UNTAG: tui_list_untag(l); break;
	case ACTION_SORT: next_sort(l); break;
	case ACTION_REVERSE:
		l->is_reversed = !l->is_reversed;
		tui_list_arrange(l);
		break;
	case ACTION_WIDE: l->is_wide = !l->is_wide; break;
	case ACTION_FOLLOW:
		if (l->row->id != RESOURCE_audit)
			break;
		l->follows = !l->follows;
		tui_list_select(tui, l, 0);
		tui_say(tui, ROLE_GOOD,
			l->follows ? "Following; j stops." : "No longer following.");
		break;
	case ACTION_COPY: tui_copy(tui, id_of(&arena, l, l->selected)); break;
	case ACTION_OPEN: open_selected(tui, l); break;
	case ACTION_EXPORT: tui_export(tui, l); break;
	case ACTION_SEARCH: l->search_from = l->selected; return false;
	default: arena_free(&arena); return false;
	}
	arena_free(&arena);
	return true;
}

static bool
act_on_place(struct tui *tui, struct tui_list *l, enum tui_action action)
{
	int *top = &l->detail_top;
	bool in_detail = l->detail_focused;
	long page = l->height > 1 ? l->height : 1, by = 0;

	switch (action) {
	case ACTION_UP: by = -1; break;
	case ACTION_DOWN: by = 1; break;
	case ACTION_PAGE_UP: by = -page; break;
	case ACTION_PAGE_DOWN: by = page; break;
	case ACTION_HALF_UP: by = -page / 2; break;
	case ACTION_HALF_DOWN: by = page / 2; break;
	case ACTION_FIRST: by = -(long)l->count - (in_detail ? *top : 0); break;
	case ACTION_LAST: by = in_detail ? 0 : (long)l->count; break;
	default: return false;
	}
	if (in_detail)
		*top = *top + by > 0 ? (int)(*top + by) : 0;
	else
		move(tui, l, by);
	return true;
}

static bool
act(struct tui *tui, struct tui_view *v, enum tui_action action, const struct tui_key *key)
{
	struct tui_list *l = (struct tui_list *)v;

	if (key->code == TUI_KEY_CLICK_ROW) {
		click(tui, l, key);
		return true;
	}
	if (key->code == TUI_KEY_WHEEL_UP || key->code == TUI_KEY_WHEEL_DOWN) {
		move(tui, l, key->code == TUI_KEY_WHEEL_UP ? -3 : 3);
		return true;
	}
	if (*l->search && (key->code == 'n' || key->code == 'N')) {
		tui_list_search_on(tui, l, key->code == 'n' ? 1 : -1);
		return true;
	}
	if (action == ACTION_BACK)
		return leave_something(tui, l, key);
	return act_on_place(tui, l, action) || act_on_rows(tui, l, action);
}

/* ---- the view ---- */

static void
tick(struct tui *tui, struct tui_view *v, bool is_due)
{
	struct tui_list *l = (struct tui_list *)v;

	if (!l->rows.was_asked)
		tui_rows_reset(tui, &l->rows);
	else if (is_due && l->sort)
		tui_rows_refresh(tui, &l->rows, 0, tui_rows_count(&l->rows));
	else if (is_due)
		tui_rows_refresh(tui, &l->rows, l->top, l->top + (size_t)l->height);
	else if (l->count && l->count <= (size_t)l->height && !l->rows.problem[0])
		tui_rows_more(tui, &l->rows);
}

static void
title(const struct tui_view *v, struct buf *out)
{
	const struct tui_list *l = (const struct tui_list *)v;

	buf_add_c(out, tui_heading(l->rows.op));
	if (l->parent)
		buf_add_printf(out, " of %s", l->parent_name);
}

static struct tui_subject
subject(struct tui_view *v)
{
	struct tui_list *l = (struct tui_list *)v;

	return (struct tui_subject){l->row, tui_list_row(l, l->selected), l->parent,
		str_of(l->parent_id), str_of(l->parent_name)};
}

static void
end(struct tui *tui, struct tui_view *v)
{
	struct tui_list *l = (struct tui_list *)v;

	tui_rows_free(tui, &l->rows);
	tui_list_untag(l);
	free(l->order);
	free(l);
}

static const struct tui_view_kind kind = {
	.draw = tui_list_draw,
	.act = act,
	.tick = tick,
	.title = title,
	.status = tui_list_status,
	.subject = subject,
	.typed = tui_list_typed,
	.free = end,
	.places = IN_LIST,
};

static const struct tui_view_kind audit_kind = {
	.draw = tui_list_draw,
	.act = act,
	.tick = tick,
	.title = title,
	.status = tui_list_status,
	.subject = subject,
	.typed = tui_list_typed,
	.free = end,
	.places = IN_LIST | IN_AUDIT,
};

struct tui_list *
tui_list_of(struct tui_view *v)
{
	return v && (v->kind == &kind || v->kind == &audit_kind) ? (struct tui_list *)v : NULL;
}

struct tui_list *
tui_list_new(
	struct tui *tui, const struct op *op, const struct op_field *fixed_field, struct str fixed)
{
	struct tui_list *l = xcalloc(1, sizeof *l);

	(void)tui;
	l->view.kind = op->row == RESOURCE_audit ? &audit_kind : &kind;
	l->view.screen = -1;
	l->row = &resources[op->row];
	l->rows.op = op;
	l->rows.changed = rows_changed;
	l->rows.owner = l;
	if (fixed_field) {
		l->rows.values[0] =
			(struct door_value){fixed_field, str_copy(&l->rows.arena, fixed)};
		l->rows.value_count = l->fixed = 1;
	} else if (fixed.n) {
		(void)snprintf(l->rows.ids[0], sizeof l->rows.ids[0], "%.*s", STR_ARG(fixed));
	}
	return l;
}

void
tui_list_belongs(struct tui_list *l, const struct resource *parent, struct str id, struct str name)
{
	l->parent = parent;
	(void)snprintf(l->parent_id, sizeof l->parent_id, "%.*s", STR_ARG(id));
	(void)snprintf(l->parent_name, sizeof l->parent_name, "%.*s", STR_ARG(name));
}
