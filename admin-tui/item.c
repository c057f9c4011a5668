/* One thing and its tabs. */
#include "admin-tui/item.h"

#include "admin-tui/detail.h"
#include "admin-tui/open.h"
#include "admin-tui/value.h"
#include "lib/base/buf.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROW_BYTES_MAX = 64 * 1024 };

const struct json *
tui_item_row(const struct tui_item *it)
{
	return it->request ? it->request->answer.json : it->copy;
}

/* ---- tabs ---- */

static bool
is_list(const struct op *op)
{
	return op->answer == OP_ROWS && !strcmp(op->method, "GET") && op->id != OP_audit_export;
}

/* Whether an operation lists what belongs to one of these, and by which field. */
static bool
belongs(const struct op *op, const struct resource *r, const struct op_field **ret_field)
{
	size_t params = op_param_count(op);

	*ret_field = NULL;
	if (!is_list(op) || !r->noun)
		return false;
	if (op->resource == r->id)
		return op->row != r->id && (params == 1 || r->id == RESOURCE_server);
	if (params || strcmp(op->verb, "list") != 0)
		return false;
	*ret_field = op_input_named(op, str_of(r->noun));
	if (!*ret_field && op->id == OP_audit_list && r->id != RESOURCE_server)
		*ret_field = op_input_named(op, STR("target"));
	return *ret_field != NULL;
}

static void
find_tabs(struct tui_item *it)
{
	const struct op_field *field;

	for (size_t i = 0; i < OP_COUNT && it->tab_count < TUI_TABS_MAX; i++)
		if (belongs(&ops[i], it->resource, &field))
			it->tabs[it->tab_count++] = (struct tui_tab){&ops[i], field, NULL};
}

struct tui_list *
tui_item_list(struct tui *tui, struct tui_item *it)
{
	struct arena arena = {0};
	struct tui_tab *tab;
	struct str value = str_of(it->id);

	if (!it->tab)
		return NULL;
	tab = &it->tabs[it->tab - 1];
	if (!tab->list) {
		if (tab->op->id == OP_audit_list)
			value = str_printf(&arena, "%s:%s", it->resource->noun, it->id);
		tab->list = tui_list_new(tui, tab->op, tab->field, value);
		tui_list_belongs(tab->list, it->resource, str_of(it->id), str_of(it->name));
		arena_free(&arena);
	}
	return tab->list;
}

/* ---- asking ---- */

static void
take_name(struct tui_item *it)
{
	struct arena arena = {0};
	struct str name = tui_row_name(&arena, it->resource, tui_item_row(it));

	if (name.n)
		(void)snprintf(it->name, sizeof it->name, "%.*s", STR_ARG(name));
	arena_free(&arena);
}

/* A person can be asked for by name; everything that belongs to them goes by id. */
static void
take_id(struct tui_item *it)
{
	struct arena arena = {0};
	struct str id = tui_row_id(&arena, it->resource, tui_item_row(it));

	if (id.n)
		(void)snprintf(it->id, sizeof it->id, "%.*s", STR_ARG(id));
	arena_free(&arena);
}

static void
answered(struct tui *tui, struct tui_request *request)
{
	struct tui_item *it = request->owner;

	(void)tui;
	if (request->answer.outcome != DOOR_ANSWERED) {
		(void)snprintf(
			it->problem, sizeof it->problem, "%.*s", STR_ARG(request->answer.problem));
		return;
	}
	it->problem[0] = '\0';
	tui_request_keep(request);
	tui_request_free(it->request);
	it->request = request;
	take_id(it);
	take_name(it);
}

static void
ask(struct tui *tui, struct tui_item *it)
{
	struct door_question question = {.op = it->show, .ids = {str_of(it->id)}};

	if (!it->show || tui_is_asking(tui, it))
		return;
	it->was_asked = true;
	tui_ask(tui, tui_request_new(it, answered), &question);
}

/* ---- keys ---- */

static void
go_tab(struct tui_item *it, size_t to)
{
	it->tab = to % (it->tab_count + 1);
}

void
tui_item_go(struct tui_item *it, enum op_id op)
{
	for (size_t i = 0; it && i < it->tab_count; i++)
		if (it->tabs[i].op->id == op)
			go_tab(it, i + 1);
}

static void
follow(struct tui *tui, struct tui_item *it)
{
	const struct json *row = tui_item_row(it);
	const struct op_field *field = tui_detail_field(it->resource, row, it->here);

	if (field)
		tui_open_field(tui, it->resource, row, field);
}

static bool
act_on_fields(struct tui *tui, struct tui_item *it, enum tui_action action)
{
	const struct json *row = tui_item_row(it);
	const struct op_field *field = tui_detail_field(it->resource, row, it->here);
	int by = 0;

	switch (action) {
	case ACTION_UP: by = -1; break;
	case ACTION_DOWN: by = 1; break;
	case ACTION_PAGE_UP:
	case ACTION_HALF_UP: by = -10; break;
	case ACTION_PAGE_DOWN:
	case ACTION_HALF_DOWN: by = 10; break;
	case ACTION_FIRST: by = -it->here; break;
	case ACTION_LAST: by = it->field_count; break;
	case ACTION_OPEN: follow(tui, it); return true;
	case ACTION_COPY:
		if (field)
			tui_copy(tui, tui_value(&tui->canvas.arena, row, field->name));
		return true;
	default: return false;
	}
	it->here += by;
	if (it->here >= it->field_count)
		it->here = it->field_count - 1;
	if (it->here < 0)
		it->here = 0;
	return true;
}

static bool
act(struct tui *tui, struct tui_view *v, enum tui_action action, const struct tui_key *key)
{
	struct tui_item *it = (struct tui_item *)v;
	struct tui_list *list = tui_item_list(tui, it);

	if (key->code == TUI_KEY_CLICK_TAB && key->number >= 100) {
		go_tab(it, (size_t)key->number - 100);
		return true;
	}
	if (action == ACTION_TAB_NEXT || action == ACTION_TAB_BACK) {
		go_tab(it, it->tab + (action == ACTION_TAB_NEXT ? 1 : it->tab_count));
		return true;
	}
	if (list)
		return list->view.kind->act(tui, &list->view, action, key);
	if (key->code == TUI_KEY_CLICK_FIELD) {
		bool again = it->here == key->number && key->twice;

		it->here = key->number;
		return again ? act_on_fields(tui, it, ACTION_OPEN) : true;
	}
	if (key->code == TUI_KEY_WHEEL_UP || key->code == TUI_KEY_WHEEL_DOWN)
		action = key->code == TUI_KEY_WHEEL_UP ? ACTION_UP : ACTION_DOWN;
	return act_on_fields(tui, it, action);
}

/* ---- drawing ---- */

static void
draw_tab(struct tui *tui, const struct tui_item *it, size_t i, int row, int *column)
{
	const char *label = i ? tui_heading(it->tabs[i - 1].op) : "Details";
	enum tui_role role = i == it->tab ? ROLE_TAB_HERE : ROLE_TAB;
	struct tui_canvas *c = &tui->canvas;
	int used = 0, begin = *column;

	used += tui_put(c, row, begin, c->columns, role, STR(" "));
	used += tui_put(c, row, begin + used, c->columns, role,
		i == it->tab ? tui_either(c, "▸", ">") : STR(" "));
	used += tui_put(c, row, begin + used, c->columns, role, str_of(label));
	used += tui_put(c, row, begin + used, c->columns, role, STR(" "));
	tui_spot(c, (struct tui_box){row, begin, 1, used}, TUI_KEY_CLICK_TAB, 100 + (int)i);
	*column = begin + used + 1;
}

static void
draw_fields(struct tui *tui, struct tui_item *it, struct tui_box box, bool is_focused)
{
	const struct json *row = tui_item_row(it);

	if (row)
		it->field_count = tui_detail_draw(
			tui, it->resource, row, box, &it->top, is_focused ? it->here : -1);
	else if (*it->problem)
		(void)tui_put(&tui->canvas, box.row, box.column, box.columns, ROLE_BAD,
			str_of(it->problem));
	else
		(void)tui_put(&tui->canvas, box.row, box.column, box.columns, ROLE_DIM,
			tui_either(&tui->canvas, "…", "..."));
}

static void
draw(struct tui *tui, struct tui_view *v, struct tui_box box, bool is_focused)
{
	struct tui_item *it = (struct tui_item *)v;
	struct tui_list *list = tui_item_list(tui, it);
	struct tui_box below = {box.row + 2, box.column, box.rows - 2, box.columns};
	int column = box.column;

	for (size_t i = 0; it->tab_count && i <= it->tab_count; i++)
		draw_tab(tui, it, i, box.row, &column);
	if (!it->tab_count) {
		below = box;
	}
	if (list) {
		list->view.kind->draw(tui, &list->view, below, is_focused);
		return;
	}
	below.column++;
	below.columns--;
	draw_fields(tui, it, below, is_focused);
}

/* ---- the view ---- */

static void
tick(struct tui *tui, struct tui_view *v, bool is_due)
{
	struct tui_item *it = (struct tui_item *)v;
	struct tui_list *list = tui_item_list(tui, it);

	if (!it->was_asked || is_due)
		ask(tui, it);
	if (list)
		list->view.kind->tick(tui, &list->view, is_due);
}

static void
title(const struct tui_view *v, struct buf *out)
{
	const struct tui_item *it = (const struct tui_item *)v;

	if (it->resource->noun)
		buf_add_printf(out, "%s ", it->resource->noun);
	buf_add(out, str_of(it->name));
}

static void
status(struct tui *tui, struct tui_view *v, struct buf *out)
{
	struct tui_item *it = (struct tui_item *)v;
	struct tui_list *list = tui_item_list(tui, it);

	if (list)
		list->view.kind->status(tui, &list->view, out);
	else if (it->field_count)
		buf_add_printf(out, "%d/%d", it->here + 1, it->field_count);
}

static struct tui_subject
subject(struct tui_view *v)
{
	struct tui_item *it = (struct tui_item *)v;

	if (it->tab && it->tabs[it->tab - 1].list) {
		struct tui_view *list = &it->tabs[it->tab - 1].list->view;

		return list->kind->subject(list);
	}
	return (struct tui_subject){.resource = it->resource, .row = tui_item_row(it)};
}

static void
typed(struct tui *tui, struct tui_view *v, enum tui_action what, struct str text, bool is_done)
{
	struct tui_list *list = tui_item_list(tui, (struct tui_item *)v);

	if (list)
		list->view.kind->typed(tui, &list->view, what, text, is_done);
}

static void
end(struct tui *tui, struct tui_view *v)
{
	struct tui_item *it = (struct tui_item *)v;

	tui_ask_cancel(tui, it);
	tui_request_free(it->request);
	json_free(it->copy);
	for (size_t i = 0; i < it->tab_count; i++)
		if (it->tabs[i].list)
			it->tabs[i].list->view.kind->free(tui, &it->tabs[i].list->view);
	free(it);
}

static const struct tui_view_kind kind = {
	.draw = draw,
	.act = act,
	.tick = tick,
	.title = title,
	.status = status,
	.subject = subject,
	.typed = typed,
	.free = end,
	.places = IN_ITEM,
};

struct tui_item *
tui_item_of(struct tui_view *v)
{
	return v && v->kind == &kind ? (struct tui_item *)v : NULL;
}

static const struct op *
show_of(const struct resource *r)
{
	if (r->id == RESOURCE_server)
		return &ops[OP_server_status];
	return r->noun ? op_named(r, STR("show")) : NULL;
}

struct tui_item *
tui_item_new(
	struct tui *tui, const struct resource *resource, struct str id, const struct json *row)
{
	struct tui_item *it = xcalloc(1, sizeof *it);
	struct arena arena = {0};

	(void)tui;
	it->view.kind = &kind;
	it->view.screen = -1;
	it->resource = resource;
	it->show = show_of(resource);
	(void)snprintf(it->id, sizeof it->id, "%.*s", STR_ARG(id));
	(void)snprintf(it->name, sizeof it->name, "%.*s", STR_ARG(id));
	if (row && json_parse(json_text(row, &arena), ROW_BYTES_MAX, &it->copy, NULL))
		it->copy = NULL;
	arena_free(&arena);
	if (it->copy)
		take_name(it);
	find_tabs(it);
	return it;
}
