/* Lists: tabs, filters, rows with what can be done to each, and the next page. */
#include "server/reply.h"
#include "server/web/form.h"

#include <string.h>

enum { TABS_MAX = 12, WAY_TEXT_MAX = 4096, FOLLOW_S = 5 };

static const struct op_field *
tabs_field(const struct op *op)
{
	const struct op_field *f;

	for (size_t i = 0; (f = op_input(op, i)); i++)
		if (f->kind == OP_CHOICE && f->places & OP_FILTER)
			return f;
	return NULL;
}

static const struct web_link *
tabs_of(struct exchange *x, const struct op *op, struct str list, size_t *ret_count)
{
	const struct op_field *f = tabs_field(op);
	struct web_link *tabs = arena_array(x->cx.arena, struct web_link, TABS_MAX);
	struct str now = f ? form_get(&x->query, f->name) : STR_NONE;
	size_t n = 0;

	*ret_count = 0;
	if (!f)
		return tabs;
	tabs[n++] = (struct web_link){
		.label = page_say(language_of(x), SAY_ALL), .way = {list}, .is_here = !now.n};
	STR_EACH (choice, str_of(f->choices))
		tabs[n++] = (struct web_link){
			.label = web_capital(x, str_c(x->cx.arena, choice)),
			.way = {str_printf(x->cx.arena, "%.*s?%s=%.*s", STR_ARG(list), f->name,
				STR_ARG(choice))},
			.is_here = str_eq(choice, now),
		};
	*ret_count = n;
	return tabs;
}

/* What narrowed this page narrows another: the next, or a file of its rows. */
static struct str
narrowed(struct exchange *x, const struct op *op, struct str address, const char *name,
	struct str value)
{
	const struct op_field *f;
	struct buf way;

	if (!value.n)
		return STR_NONE;
	buf_init(&way, x->cx.arena, WAY_TEXT_MAX);
	buf_add(&way, address);
	buf_add_char(&way, '?');
	for (size_t i = 0; (f = op_input(op, i)); i++) {
		struct str said = form_get(&x->query, f->name);

		if (said.n && strcmp(f->name, "after") != 0)
			form_add(&way, f->name, said);
	}
	form_add(&way, name, value);
	return buf_ok(&way) ? buf_str(&way) : STR_NONE;
}

/* A row that has a page is opened there; what can be done to any other stands beside it. */
const struct web_row *
web_rows(struct exchange *x, const struct op *op, const struct json *answer, size_t *ret_count)
{
	const struct resource *r = &resources[op->row];
	size_t count = json_array_count(answer, r->plural), params = op_param_count(op) + 1;
	struct web_row *rows = arena_array(x->cx.arena, struct web_row, count + 1);

	for (size_t i = 0; i < count; i++) {
		const struct json *row = json_array_object(answer, r->plural, i);

		rows[i].cells = web_values(x, r, OP_LIST, row, &rows[i].cells_count);
		if (!web_page_of(r) && route_face(x->route))
			rows[i].links = web_links(x, op, params, row, &rows[i].links_count);
	}
	*ret_count = count;
	return rows;
}

const struct web_value *
web_columns(struct exchange *x, const struct op *op, size_t *ret_count)
{
	return web_values(x, &resources[op->row], OP_LIST, NULL, ret_count);
}

/* What can be done beside the rows; the audit trail is exported in either of two formats. */
static const struct web_link *
links_beside(struct exchange *x, const struct op *op, size_t *ret_count)
{
	const struct web_link *found = web_links(x, op, op_param_count(op), NULL, ret_count);
	const struct face *file = face_find(FACE_FILE, OP_audit_export);
	struct web_link *links = arena_array(x->cx.arena, struct web_link, *ret_count + 1);
	size_t n = 0;

	for (size_t i = 0; i < *ret_count; i++) {
		links[n++] = found[i];
		if (!str_is(found[i].way.target, file->pattern))
			continue;
		links[n - 1] = (struct web_link){.label = STR("CSV"),
			.way = {narrowed(x, op, str_of(file->pattern), "format", STR("csv"))}};
		links[n++] = (struct web_link){.label = STR("JSON Lines"),
			.way = {narrowed(x, op, str_of(file->pattern), "format", STR("jsonl"))}};
	}
	*ret_count = n;
	return links;
}

static const struct face *
form_for_new(const struct op *op)
{
	for (size_t i = 0; i < FACE_COUNT; i++)
		if (faces[i].kind == FACE_NEW && ops[faces[i].op].resource == op->resource)
			return &faces[i];
	return NULL;
}

static bool
is_narrowed(struct exchange *x, const struct op *op)
{
	const struct op_field *f;

	for (size_t i = 0; (f = op_input(op, i)); i++)
		if (form_get(&x->query, f->name).n)
			return true;
	return false;
}

/* A list that is looked at for a while; no script is needed for that. */
static void
follow(struct exchange *x, const struct op *op, struct page_web_list *props)
{
	if (op->id != OP_audit_list)
		return;
	if (str_is(form_get(&x->query, "follow"), "1"))
		reply_header(x, "refresh", str_printf(x->cx.arena, "%d", FOLLOW_S));
	else
		props->follow.target =
			str_printf(x->cx.arena, "%.*s?follow=1", STR_ARG(props->way.target));
}

static void
fill_filters(struct exchange *x, const struct op *op, struct page_web_list *props)
{
	const struct op_field *tabs = tabs_field(op);

	props->filters = web_filters(x, op, tabs, &props->filters_count);
	if (!tabs)
		return;
	props->tab_name = str_of(tabs->name);
	props->tab_value = form_get(&x->query, tabs->name);
}

enum err
web_draw_list(struct exchange *x, const struct face *face, const struct json *answer)
{
	const struct op *op = &ops[face->op];
	size_t params = op_param_count(op);
	const struct face *make = params ? NULL : form_for_new(op);
	const struct face *owner = params ? web_page_of(&resources[op->resource]) : NULL;
	struct str list = face_address(x->cx.arena, face, x->request.path_params);
	struct page_web_list props = {
		.page = page_props(x),
		.frame = web_frame(x, face, STR_NONE),
		.way = {list},
		.next = {narrowed(x, op, list, "after", json_get_str(answer, "next"))},
		.is_narrowed = is_narrowed(x, op),
	};
	struct buf *html = page_begin(x);

	if (owner)
		props.back.target = face_address(x->cx.arena, owner, x->request.path_params);
	if (make && !strcmp(op->verb, "list"))
		props.make.target = str_of(make->pattern);
	props.make_label = page_say(language_of(x), SAY_NEW);
	props.tabs = tabs_of(x, op, list, &props.tabs_count);
	fill_filters(x, op, &props);
	follow(x, op, &props);
	props.links = links_beside(x, op, &props.links_count);
	props.columns = web_columns(x, op, &props.columns_count);
	props.rows = web_rows(x, op, answer, &props.rows_count);
	for (size_t i = 0; i < props.rows_count; i++)
		props.has_acts |= props.rows[i].links_count > 0;
	page_web_list(html, &props);
	return page_reply(x, 200, html);
}
