/* From a page to a handler of the API, and back. */
#include "server/web/run.h"

#include "server/handlers.h"

#include <string.h>

static handler *const handlers[OP_COUNT] = {
#define OP(resource, id, ...) [OP_##resource##_##id] = http_admin_##resource##_##id,
#include "lib/ops/all.def"
};

/* The form was made of a thing as it was then: what it has become since is not overwritten. */
static void
hold_version(struct exchange *x)
{
	struct str version = form_get(&x->form, "version");
	size_t n = x->request.header_count;
	struct header *headers;

	if (!version.n)
		return;
	headers = arena_array(x->cx.arena, struct header, n + 1);
	memcpy(headers, x->request.headers, n * sizeof *headers);
	headers[n] = (struct header){STR("if-match"), version};
	x->request.headers = headers;
	x->request.header_count = n + 1;
}

static struct str
reply_version(const struct exchange *x)
{
	for (size_t i = 0; i < x->reply.header_count; i++)
		if (str_is(x->reply.headers[i].name, "etag"))
			return x->reply.headers[i].value;
	return STR_NONE;
}

enum err
web_run(struct exchange *x, const struct op *op, struct str body, struct web_answer *ret)
{
	struct diag diag = {""};
	enum err e;

	if (op->effect != OP_LOOKS)
		hold_version(x);
	x->op = op;
	x->request.body = body;
	if ((e = handlers[op->id](x)))
		return e;
	ret->version = reply_version(x);
	e = json_parse(x->reply.body, REPLY_BODY_MAX, &ret->json, &diag);
	exchange_reset_reply(x);
	return e ? ERR_INTERNAL : OK;
}

enum err
web_ask(struct exchange *x, const struct op *op, const struct form_field query[], size_t count,
	struct web_answer *ret)
{
	const struct op *about = x->op;
	struct form *kept = arena_new(x->cx.arena, struct form);
	enum err e;

	*kept = x->query;
	for (size_t i = 0; i < count; i++)
		x->query.fields[i] = query[i];
	x->query.count = count;
	e = web_run(x, op, STR_NONE, ret);
	x->query = *kept;
	x->op = about;
	return e;
}

enum err
web_pass(struct exchange *x, const struct op *op)
{
	x->op = op;
	return handlers[op->id](x);
}
