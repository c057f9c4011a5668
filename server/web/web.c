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

/* The page of what an operation is done to, or the list where it stands. */
static const struct face *
page_behind(const struct op *op)
{
	const struct face *list = NULL;

	for (size_t i = 0; i < FACE_COUNT; i++) {
		const struct op *other = &ops[faces[i].op];

		if (other->resource != op->resource)
			continue;
		if (faces[i].kind == FACE_SHOW && strcmp(op->method, "DELETE") != 0)
			return &faces[i];
		if (faces[i].kind == FACE_LIST && !op_param_count(other))
			list = &faces[i];
	}
	HOLDS(list);
	return list;
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

static enum err
draw_item(struct exchange *x, const struct json *row)
{
	const struct resource *r = &resources[op_here(x)->row];
	struct page_web_item props = {
		.page = page_props(x),
		.frame = web_frame(x, here(x), str_copy(x->cx.arena, web_name(r, row))),
	};
	const struct face *list = NULL;
	struct buf *html = page_begin(x);

	for (size_t i = 0; i < FACE_COUNT && !list; i++)
		if (faces[i].kind == FACE_LIST && ops[faces[i].op].row == r->id)
			list = &faces[i];
	if (list)
		props.back.target = face_address(x->cx.arena, list, x->request.path_params);
	props.values = web_values(x, r, OP_SHOW, row, &props.values_count);
	props.links = web_links(x, r, x->request.path_params, row, &props.links_count);
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
	for (size_t i = 0; i < FACE_COUNT; i++)
		if (faces[i].kind == FACE_SHOW && ops[faces[i].op].resource == op_here(x)->resource)
			return web_run(x, &ops[faces[i].op], STR_NONE, ret);
	return OK;
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

/* What is wrong with what was typed is said on the form. */
static enum err
refuse(struct exchange *x, enum err why)
{
	if (err_status(why) != 400 && err_status(why) != 409 && err_status(why) != 412)
		return why;
	x->reply.error = why;
	return web_draw_form(x, here(x), NULL, err_status(why), web_problem(x, why));
}

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
		.back = {face_address(x->cx.arena, page_behind(op), &key)},
	};
	struct buf *html = page_begin(x);

	if (!key.n)
		props.back.target =
			face_address(x->cx.arena, page_behind(op), x->request.path_params);
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
	struct str key = op->answer == OP_MADE ? web_key(&resources[op->row], answer)
					       : x->request.path_params[0];
	struct str done = str_printf(x->cx.arena, "%s.%s", resources[op->resource].noun, op->verb);

	return reply_redirect(
		x, way_with(x, face_address(x->cx.arena, page_behind(op), &key), "done", done));
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
		return web_verb(x, op);
	if (!hole)
		return text;
	return str_printf(
		x->cx.arena, "%.*s%.*s%s", (int)(hole - text.p), text.p, STR_ARG(name), hole + 2);
}

static enum err
draw_question(struct exchange *x, const struct web_answer *now)
{
	const struct op *op = op_here(x);
	const struct resource *r = &resources[op->resource];
	struct str name = now->json ? str_copy(x->cx.arena, web_name(r, now->json))
				    : x->request.path_params[0];
	struct web_controls controls = web_controls(x, op, NULL);
	struct page_web_ask props = {
		.page = page_props(x),
		.frame = web_frame(x, here(x), name),
		.question = question_of(x, op, name),
		.action = {face_address(
			x->cx.arena, face_find(FACE_ACT, op->id), x->request.path_params)},
		.back = {face_address(
			x->cx.arena, page_behind(&ops[op->id]), x->request.path_params)},
		.version = now->version,
		.boxes = controls.boxes,
		.fields = controls.fields,
		.fields_count = controls.count,
		.submit = web_verb(x, op),
		.is_grave = op->effect == OP_STOPS || op->effect == OP_DESTROYS,
		.is_final = op->effect == OP_DESTROYS,
	};
	struct buf *html = page_begin(x);

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
	return change(x);
}

/* ---- errors ---- */

/* Of a change that was refused when it came to be made; nothing is read any more. */
void
web_error_page(struct exchange *x, enum err e)
{
	const struct face *face = x->route ? route_face(x->route) : NULL;
	bool is_form = face && (face->kind == FACE_CREATE || face->kind == FACE_UPDATE);

	if (is_form && x->form.count && x->has_session && !refuse(x, e) && x->reply.status)
		return;
	problem_reply(x, e);
}
