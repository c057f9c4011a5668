/* Paging, ids and replies of the admin API. */
#include "server/admin/admin.h"

#include "server/reply.h"
#include "server/route.h"

enum { PAGE_DEFAULT = 50, MEMBER_SHOWN_MAX = 64, INPUTS_SHOWN_MAX = 300 };

enum err
admin_read_page(struct exchange *x, struct admin_page *ret)
{
	struct str after = form_get(&x->query, "after");
	struct str limit = form_get(&x->query, "limit");
	struct admin_page page = {.limit = PAGE_DEFAULT};
	int64_t n = PAGE_DEFAULT;

	if (after.n && id_parse(after, &page.after))
		return exchange_problem(
			x, ERR_INVALID_REQUEST, "after is not the next of a page before");
	if (limit.n && (str_to_i64(limit, &n) || n < 1 || n > ADMIN_PAGE_MAX))
		return exchange_problem(
			x, ERR_INVALID_REQUEST, "limit is a number from 1 to %d", ADMIN_PAGE_MAX);
	page.limit = (size_t)n;
	*ret = page;
	return OK;
}

enum err
admin_read_id(struct exchange *x, struct id *ret)
{
	return id_parse(x->request.path_params[0], ret) ? ERR_NOT_FOUND : OK;
}

static struct str
inputs_of(struct exchange *x, const struct op *op)
{
	const struct op_field *f;
	struct buf names;

	buf_init(&names, x->cx.arena, INPUTS_SHOWN_MAX);
	for (size_t i = 0; (f = op_input(op, i)); i++)
		buf_add_printf(&names, "%s%s", i ? ", " : "", f->name);
	if (!names.n)
		return STR("none");
	return buf_ok(&names) ? buf_str(&names) : STR("see /api/openapi.json");
}

static const struct op *
op_of(const struct exchange *x)
{
	return x->op ? x->op : route_op(x->route);
}

static enum err
judge_member(struct str name, struct str value, void *context)
{
	struct exchange *x = context;

	(void)value;
	if (op_input_named(op_of(x), name))
		return OK;
	return exchange_problem(x, ERR_INVALID_REQUEST,
		"unknown member \"%.*s\"; this operation takes: %.*s",
		STR_ARG(str_first(name, MEMBER_SHOWN_MAX)), STR_ARG(inputs_of(x, op_of(x))));
}

enum err
admin_read_body(struct exchange *x)
{
	struct str body = x->request.body;
	struct diag diag = {""};

	json_free(x->json); /* of the run before, if this is the second */
	x->json = NULL;
	if (!body.n && x->route->flags & ROUTE_MAYBE_JSON)
		body = STR("{}");
	if (json_parse(body, BODY_MAX_DEFAULT, &x->json, &diag))
		return exchange_problem(x, ERR_INVALID_REQUEST, "%s", diag.text);
	if (!json_is_map(x->json))
		return exchange_problem(x, ERR_INVALID_REQUEST, "the body is not an object");
	return op_of(x) ? json_each_member(x->json, judge_member, x) : OK;
}

static struct str
version_tag(struct exchange *x, int64_t updated_ms)
{
	return str_printf(x->cx.arena, "\"%lld\"", (long long)updated_ms);
}

void
admin_version(struct exchange *x, int64_t updated_ms)
{
	reply_header(x, "etag", version_tag(x, updated_ms));
}

enum err
admin_check_version(struct exchange *x, int64_t updated_ms)
{
	struct str wanted = str_trim(request_header(&x->request, "if-match"));

	if (!wanted.n || str_is(wanted, "*") || str_eq(wanted, version_tag(x, updated_ms)))
		return OK;
	return ERR_CHANGED;
}

enum err
admin_hold_version(struct exchange *x, int64_t updated_ms, int64_t *ret_held_ms)
{
	struct str wanted = str_trim(request_header(&x->request, "if-match"));

	*ret_held_ms = wanted.n && !str_is(wanted, "*") ? updated_ms : 0;
	return admin_check_version(x, updated_ms);
}

struct buf *
admin_begin(struct exchange *x)
{
	struct buf *out = arena_new(x->cx.arena, struct buf);

	buf_init(out, x->cx.arena, ADMIN_REPLY_MAX);
	json_open(out, '{');
	return out;
}

enum err
admin_reply(struct exchange *x, int status, struct buf *out)
{
	json_close(out, '}');
	return buf_ok(out) ? reply_json(x, status, buf_str(out)) : ERR_INTERNAL;
}

enum err
admin_reply_page(struct exchange *x, const struct admin_list *l, struct id next)
{
	struct buf *out = admin_begin(x);
	const char *row = l->rows;

	json_key(out, resources[l->row].plural);
	json_open(out, '[');
	for (size_t i = 0; i < l->count; i++, row += l->row_size) {
		json_open(out, '{');
		admin_write(out, l->row, OP_SHOW, row);
		json_close(out, '}');
	}
	json_close(out, ']');
	admin_member_id(out, "next", next);
	return admin_reply(x, 200, out);
}

enum err
admin_reply_list(struct exchange *x, const struct admin_list *l)
{
	struct id next = {{0}};

	if (l->count && l->count == l->limit)
		next = *(const struct id *)((const char *)l->rows + (l->count - 1) * l->row_size);
	return admin_reply_page(x, l, next);
}

enum err
admin_reply_item(struct exchange *x, enum resource_id id, const void *row)
{
	struct buf *out = admin_begin(x);

	admin_write(out, id, OP_SHOW, row);
	return admin_reply(x, 200, out);
}

enum err
admin_done(struct exchange *x, store_change *change, void *arg)
{
	struct buf *out = admin_begin(x);
	enum err e;

	json_member_bool(out, "ok", true);
	e = admin_reply(x, 200, out);
	return e ? e : exchange_commit(x, change, arg);
}

void
admin_member_id(struct buf *out, const char *name, struct id id)
{
	if (!id_is_zero(id))
		json_member_str(out, name, id_text(out->arena, id));
}
