/* Handlers by kind of page. */
#include "server/web/web.h"

#include "lib/base/holds.h"
#include "server/gate/way.h"
#include "server/handlers.h"
#include "server/pages/problem.h"
#include "server/reply.h"
#include "server/web/form.h"

#include <string.h>

static const struct face *
here(const struct exchange *x)
{
	const struct face *face = route_face(x->route);

	HOLDS(face);
	return face;
}

static const struct op *
op_here(const struct exchange *x)
{
	return &ops[here(x)->op];
}

/* ---- looking ---- */

enum err
http_web_list(struct exchange *x)
{
	struct web_answer answer = {NULL};
	enum err e = web_run(x, op_here(x), STR_NONE, &answer);

	if (!e)
		e = web_draw_list(x, here(x), answer.json);
	json_free(answer.json);
	return e;
}

/* What is looked at piece by piece goes on behind what has been seen. */
static struct str
way_on(struct exchange *x, const struct json *row)
{
	struct str next = json_get_str(row, "next");
	struct str page = face_address(x->cx.arena, here(x), x->request.path_params);

	return next.n ? way_with(x, page, "after", next) : STR_NONE;
}

static enum err
draw_item(struct exchange *x, const struct json *row)
{
	const struct op *op = op_here(x);
	const struct resource *r = &resources[op->row];
	struct str name = str_copy(x->cx.arena, web_name(r, row));
	struct page_web_item props = {
		.page = page_props(x),
		.frame = web_frame(x, here(x), name.n ? name : web_verb(x, op)),
		.back = {web_way_up(x, op)},
		.next = {way_on(x, row)},
	};
	struct buf *html = page_begin(x);

	props.values = web_values(x, r, OP_SHOW, row, &props.values_count);
	props.links = web_links(x, op, op_param_count(op), row, &props.links_count);
	page_web_item(html, &props);
	return page_reply(x, 200, html);
}

enum err
http_web_show(struct exchange *x)
{
	struct web_answer answer = {NULL};
	enum err e = web_run(x, op_here(x), STR_NONE, &answer);

	if (!e)
		e = draw_item(x, answer.json);
	json_free(answer.json);
	return e;
}

/* ---- forms ---- */

enum err
http_web_new(struct exchange *x)
{
	return web_draw_form(x, here(x), NULL, 200, STR_NONE);
}

/* What is there now, for a page about it; nothing of what has no page of its own. */
static enum err
look_at(struct exchange *x, struct web_answer *ret)
{
	const struct face *page = web_page_of(&resources[op_here(x)->resource]);

	return page ? web_run(x, &ops[page->op], STR_NONE, ret) : OK;
}

enum err
http_web_edit(struct exchange *x)
{
	struct web_answer now = {NULL};
	enum err e = look_at(x, &now);

	if (!e)
		e = web_draw_form(x, here(x), &now, 200, STR_NONE);
	json_free(now.json);
	return e;
}

static enum err refuse(struct exchange *, enum err);

/* Shown once, on the answer to the form: such a page cannot be opened again. */
static enum err
draw_once(struct exchange *x, const struct json *answer)
{
	const struct op *op = op_here(x);
	const struct resource *r = &resources[op->row];
	struct str key = str_copy(x->cx.arena, web_key(r, answer));
	struct page_web_once props = {
		.page = page_props(x),
		.frame = web_frame(x, here(x), str_copy(x->cx.arena, web_name(r, answer))),
		.back = {key.n && web_page_of(r) ? face_address(x->cx.arena, web_page_of(r), &key)
						 : web_way_back(x, op)},
	};
	struct buf *html = page_begin(x);

	props.values = web_values(x, r, OP_ONCE, answer, &props.values_count);
	page_web_once(html, &props);
	return page_reply(x, 200, html);
}

static bool
has_secret(const struct resource *r, const struct json *answer)
{
	for (size_t i = 0; i < r->field_count; i++)
		if (r->fields[i].kind == OP_SECRET && json_has(answer, r->fields[i].name))
			return true;
	return false;
}

/* Where a change leads: to the page of what was changed, which says so. */
static enum err
lead_on(struct exchange *x, const struct json *answer)
{
	const struct op *op = op_here(x);
	const struct resource *r = &resources[op->row];
	struct str key = op->answer == OP_MADE ? web_key(r, answer) : STR_NONE;
	struct str page = key.n && web_page_of(r) ? face_address(x->cx.arena, web_page_of(r), &key)
						  : web_way_back(x, op);

	return reply_redirect(x,
		way_with(x, page, "done",
			str_printf(x->cx.arena, "%s.%s", resources[op->resource].noun, op->verb)));
}

static enum err
answer_change(struct exchange *x, const struct json *answer)
{
	const struct op *op = op_here(x);
	bool reveals = op->answer == OP_MADE || op->answer == OP_REVEALS;

	if (reveals && has_secret(&resources[op->row], answer))
		return draw_once(x, answer);
	return lead_on(x, answer);
}

static enum err
change(struct exchange *x)
{
	struct web_answer answer = {NULL};
	enum err e = web_run(x, op_here(x), web_read(x, op_here(x)), &answer);

	if (!e)
		e = answer_change(x, answer.json);
	json_free(answer.json);
	return e;
}

enum err
http_web_create(struct exchange *x)
{
	enum err e = change(x);

	return e ? refuse(x, e) : OK;
}

enum err
http_web_update(struct exchange *x)
{
	enum err e = change(x);

	return e ? refuse(x, e) : OK;
}

/* ---- questions ---- */

/* lib/ops has "%s" where the name stands. */
static struct str
question_of(struct exchange *x, const struct op *op, struct str name)
{
	struct str text = str_of(op->question);
	const char *hole = op->question ? strstr(op->question, "%s") : NULL;

	if (!op->question)
		return str_printf(x->cx.arena, "%.*s?", STR_ARG(web_capital(x, op->help)));
	if (!hole)
		return text;
	return str_printf(
		x->cx.arena, "%.*s%.*s%s", (int)(hole - text.p), text.p, STR_ARG(name), hole + 2);
}

/* What ends with it, as far as it can be counted at a glance. */
static const struct {
	enum resource_id resource;
	enum op_id list;
	const char *filter;
} touched[] = {
	{RESOURCE_client, OP_grant_list, "client"},
	{RESOURCE_user, OP_grant_list, "user"},
	{RESOURCE_user, OP_session_list, "user"},
};

static enum err
count_one(struct exchange *x, const struct op *list, const char *filter, struct web_value *ret)
{
	struct web_answer answer = {NULL};
	const char *plural = resources[list->row].plural;
	bool has_active = op_input_named(list, STR("active")) != NULL;
	const struct form_field query[] = {
		{str_of(filter), x->request.path_params[0]},
		{STR("limit"), STR("200")},
		{STR("active"), STR("true")},
	};
	enum err e = web_ask(x, list, query, has_active ? 3 : 2, &answer);

	if (!e)
		*ret = (struct web_value){
			.label = web_title(x, list),
			.text = str_printf(x->cx.arena,
				json_has(answer.json, "next") ? "%zu+" : "%zu",
				json_array_count(answer.json, plural)),
		};
	json_free(answer.json);
	return e;
}

static enum err
count_touched(struct exchange *x, const struct op *op, struct page_web_ask *props)
{
	struct web_value *counts = arena_array(x->cx.arena, struct web_value, countof(touched));
	enum err e = OK;

	props->counts = counts;
	if (op->effect != OP_STOPS && op->effect != OP_DESTROYS)
		return OK;
	for (size_t i = 0; !e && i < countof(touched); i++)
		if (touched[i].resource == op->resource)
			e = count_one(x, &ops[touched[i].list], touched[i].filter,
				&counts[props->counts_count++]);
	return e;
}

static struct page_web_ask
question_page(struct exchange *x, const struct web_answer *now)
{
	const struct op *op = op_here(x);
	struct str name =
		now->json ? str_copy(x->cx.arena, web_name(&resources[op->resource], now->json))
			  : x->request.path_params[0];
	struct web_controls controls = web_controls(x, op, NULL);

	return (struct page_web_ask){
		.page = page_props(x),
		.frame = web_frame(x, here(x), name.n ? name : web_verb(x, op)),
		.question = question_of(x, op, name),
		.action = {face_address(
			x->cx.arena, face_find(FACE_ACT, op->id), x->request.path_params)},
		.back = {web_way_back(x, op)},
		.version = now->version,
		.boxes = controls.boxes,
		.fields = controls.fields,
		.fields_count = controls.count,
		.submit = web_verb(x, op),
		.is_grave = op->effect == OP_STOPS || op->effect == OP_DESTROYS,
		.is_final = op->effect == OP_DESTROYS,
	};
}

static enum err
draw_question(struct exchange *x, const struct web_answer *now)
{
	struct page_web_ask props = question_page(x, now);
	struct buf *html = page_begin(x);
	enum err e = count_touched(x, op_here(x), &props);

	if (e)
		return e;
	page_web_ask(html, &props);
	return page_reply(x, 200, html);
}

enum err
http_web_ask(struct exchange *x)
{
	struct web_answer now = {NULL};
	enum err e = look_at(x, &now);

	if (!e)
		e = draw_question(x, &now);
	json_free(now.json);
	return e;
}

enum err
http_web_act(struct exchange *x)
{
	enum err e = change(x);

	return e ? refuse(x, e) : OK;
}

/* What the API answers, as it is; but an export as a file that other programs read. */
enum err
http_web_file(struct exchange *x)
{
	return here(x)->op == OP_audit_export ? web_export(x) : web_pass(x, op_here(x));
}

/* ---- errors ---- */

/* Nothing is read here: it may be that the change was refused when it came to be made. */
static enum err
ask_again(struct exchange *x, enum err why)
{
	struct web_answer nothing = {.version = form_get(&x->form, "version")};
	struct page_web_ask props = question_page(x, &nothing);
	struct buf *html = page_begin(x);

	props.error = web_problem(x, why);
	page_web_ask(html, &props);
	return page_reply(x, err_status(why), html);
}

/* What is wrong with what was typed is said on the form. */
static enum err
refuse(struct exchange *x, enum err why)
{
	enum err e;

	if (err_status(why) != 400 && err_status(why) != 409 && err_status(why) != 412)
		return why;
	e = here(x)->kind == FACE_ACT
		    ? ask_again(x, why)
		    : web_draw_form(x, here(x), NULL, err_status(why), web_problem(x, why));
	x->reply.error = why;
	return e;
}

void
web_error_page(struct exchange *x, enum err e)
{
	const struct face *face = x->route ? route_face(x->route) : NULL;
	bool is_form = face && (face->kind == FACE_CREATE || face->kind == FACE_UPDATE ||
				       face->kind == FACE_ACT);

	if (is_form && x->has_session && x->cx.actor.n && !refuse(x, e))
		return;
	problem_reply(x, e);
}
