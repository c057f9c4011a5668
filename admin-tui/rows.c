/* Pages that come and go. */
#include "admin-tui/rows.h"

#include "lib/base/buf.h"
#include "lib/base/holds.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *
plural_of(const struct tui_rows *r)
{
	return resources[r->op->row].plural;
}

static void
drop_pages(struct tui_rows *r, size_t from)
{
	while (r->page_count > from)
		tui_request_free(r->pages[--r->page_count].request);
}

static void
forget_cursors(struct tui_rows *r, size_t from)
{
	while (r->cursor_count > from)
		free(r->cursors[--r->cursor_count]);
}

void
tui_rows_free(struct tui *tui, struct tui_rows *r)
{
	tui_ask_cancel(tui, r);
	drop_pages(r, 0);
	forget_cursors(r, 0);
	free((void *)r->cursors);
	r->cursors = NULL;
	arena_free(&r->arena);
}

/* ---- cursors ---- */

static void
know_cursor(struct tui_rows *r, size_t page, struct str cursor)
{
	HOLDS(page <= r->cursor_count);
	if (page == r->cursor_count) {
		r->cursors = xrealloc((void *)r->cursors, (page + 1) * sizeof *r->cursors);
		r->cursors[r->cursor_count++] = NULL;
	}
	free(r->cursors[page]);
	r->cursors[page] = xcalloc(1, cursor.n + 1);
	memcpy(r->cursors[page], str_bytes(cursor), cursor.n);
}

static bool
is_cursor(const struct tui_rows *r, size_t page, struct str cursor)
{
	return page < r->cursor_count && str_is(cursor, r->cursors[page]);
}

/* ---- answers ---- */

/* A page between others may now end elsewhere: those behind it are asked for again. */
static void
note_next(struct tui_rows *r, size_t page, const struct json *json)
{
	struct str next = json_get_str(json, "next");
	size_t at = page - r->first;

	if (next.n && next.n < TUI_ID_MAX && is_cursor(r, page + 1, next)) {
		if (at + 1 == r->page_count)
			r->has_more = true;
		return;
	}
	drop_pages(r, at + 1);
	forget_cursors(r, page + 1);
	/* One that leads back to itself leads nowhere. */
	r->has_more = next.n > 0 && next.n < TUI_ID_MAX && !is_cursor(r, page, next);
	if (r->has_more)
		know_cursor(r, page + 1, next);
}

static long
drop_first(struct tui_rows *r)
{
	long gone = (long)r->pages[0].count;

	tui_request_free(r->pages[0].request);
	memmove(r->pages, r->pages + 1, --r->page_count * sizeof *r->pages);
	r->first++;
	return gone;
}

/* Where it belongs among those in memory; false if nowhere any more. */
static bool
place(struct tui_rows *r, struct tui_request *request, size_t page, long *ret_gone)
{
	struct tui_page new = {
		.request = request, .count = json_array_count(request->answer.json, plural_of(r))};

	if (new.count > 2 * TUI_PAGE_ROWS)
		new.count = 2 * TUI_PAGE_ROWS;
	if (page + 1 == r->first) {
		if (r->page_count == TUI_PAGES_MAX) {
			drop_pages(r, TUI_PAGES_MAX - 1);
			r->has_more = true;
		}
		memmove(r->pages + 1, r->pages, r->page_count++ * sizeof *r->pages);
		r->pages[0] = new;
		r->first = page;
		*ret_gone = -(long)new.count;
		return true;
	}
	if (page < r->first || page > r->first + r->page_count)
		return false;
	if (page == r->first + r->page_count) {
		if (r->page_count == TUI_PAGES_MAX)
			*ret_gone = drop_first(r);
		r->page_count++;
	} else {
		tui_request_free(r->pages[page - r->first].request);
	}
	r->pages[page - r->first] = new;
	return true;
}

static void ask_stale(struct tui *, struct tui_rows *);

static void
answered(struct tui *tui, struct tui_request *request)
{
	struct tui_rows *r = request->owner;
	size_t page = (size_t)request->number;
	long gone = 0;

	if (request->answer.outcome != DOOR_ANSWERED) {
		(void)snprintf(
			r->problem, sizeof r->problem, "%.*s", STR_ARG(request->answer.problem));
	} else if (place(r, request, page, &gone)) {
		tui_request_keep(request);
		r->problem[0] = '\0';
		note_next(r, page, request->answer.json);
		ask_stale(tui, r);
	}
	r->changed(tui, r->owner, gone);
}

/* ---- questions ---- */

static void
ask_page(struct tui *tui, struct tui_rows *r, size_t page)
{
	struct door_value values[TUI_FILTERS_MAX + 2];
	struct door_question question = {.op = r->op, .values = values};
	struct tui_request *request;

	if (tui_is_asking(tui, r) || page >= r->cursor_count)
		return;
	request = tui_request_new(r, answered);
	request->number = (int64_t)page;
	memcpy(values, r->values, sizeof *values * r->value_count);
	question.value_count = r->value_count;
	if (r->op->says & OP_WINDOW) {
		values[question.value_count++] =
			(struct door_value){op_input_named(r->op, STR("limit")),
				str_printf(&request->arena, "%d", TUI_PAGE_ROWS)};
		if (*r->cursors[page])
			values[question.value_count++] =
				(struct door_value){op_input_named(r->op, STR("after")),
					str_copy(&request->arena, str_of(r->cursors[page]))};
	}
	for (size_t i = 0; i < DOOR_IDS_MAX; i++)
		question.ids[i] = str_of(r->ids[i]);
	r->was_asked = true;
	tui_ask(tui, request, &question);
}

void
tui_rows_reset(struct tui *tui, struct tui_rows *r)
{
	tui_ask_cancel(tui, r);
	drop_pages(r, 0);
	forget_cursors(r, 0);
	r->first = 0;
	r->has_more = false;
	r->problem[0] = '\0';
	know_cursor(r, 0, STR_NONE);
	ask_page(tui, r, 0);
}

void
tui_rows_more(struct tui *tui, struct tui_rows *r)
{
	if (r->has_more)
		ask_page(tui, r, r->first + r->page_count);
}

void
tui_rows_before(struct tui *tui, struct tui_rows *r)
{
	if (r->first)
		ask_page(tui, r, r->first - 1);
}

static void
ask_stale(struct tui *tui, struct tui_rows *r)
{
	for (size_t i = 0; i < r->page_count; i++)
		if (r->pages[i].is_stale) {
			r->pages[i].is_stale = false;
			ask_page(tui, r, r->first + i);
			return;
		}
}

void
tui_rows_refresh(struct tui *tui, struct tui_rows *r, size_t from, size_t to)
{
	size_t begin = 0;

	if (tui_is_asking(tui, r))
		return;
	for (size_t i = 0; i < r->page_count; i++) {
		r->pages[i].is_stale = begin <= to && begin + r->pages[i].count >= from;
		begin += r->pages[i].count;
	}
	if (r->page_count)
		ask_stale(tui, r);
	else
		tui_rows_reset(tui, r);
}

/* ---- what there is ---- */

size_t
tui_rows_count(const struct tui_rows *r)
{
	size_t n = 0;

	for (size_t i = 0; i < r->page_count; i++)
		n += r->pages[i].count;
	return n;
}

const struct json *
tui_rows_at(const struct tui_rows *r, size_t i)
{
	for (size_t p = 0; p < r->page_count; p++) {
		if (i < r->pages[p].count)
			return json_array_object(r->pages[p].request->answer.json, plural_of(r), i);
		i -= r->pages[p].count;
	}
	return NULL;
}

bool
tui_rows_are_coming(const struct tui *tui, const struct tui_rows *r)
{
	return tui_is_asking(tui, r);
}
