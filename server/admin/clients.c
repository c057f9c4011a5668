/* /api/admin/v1/clients */
#include "lib/base/clock.h"
#include "lib/base/duration.h"
#include "lib/oauth/client_admin.h"
#include "lib/oauth/scope.h"
#include "lib/oauth/takeback.h"
#include "server/admin/admin.h"
#include "server/handlers.h"
#include "server/reply.h"

/* Who knows the id means that one. */
static enum err
find_named(struct exchange *x, const struct client_query *query, struct id id, struct client *list,
	size_t *ret_count)
{
	enum err e = client_by_id(x->cx.store, x->cx.arena, id, list);

	if (e && e != ERR_NO_ROW)
		return e;
	*ret_count = !e && !str_is(list->status, "deleted") &&
		     (!query->status.n || str_eq(query->status, list->status));
	return OK;
}

static enum err
find_clients(struct exchange *x, const struct client_query *query, struct client *list,
	size_t *ret_count, struct id *ret_next)
{
	struct id id;
	enum err e;

	if (!id_parse(query->search, &id))
		return find_named(x, query, id, list, ret_count);
	e = client_list(x->cx.store, x->cx.arena, query, list, ret_count, ret_next);
	if (!e && *ret_count == query->limit)
		*ret_next = list[*ret_count - 1].id;
	return e;
}

enum err
http_admin_client_list(struct exchange *x)
{
	struct client *list = arena_alloc(x->cx.arena, sizeof *list * ADMIN_PAGE_MAX);
	struct client_query query = {
		.status = form_get(&x->query, "status"),
		.search = str_trim(form_get(&x->query, "search")),
	};
	struct id next = {{0}};
	struct admin_page page;
	size_t count;
	enum err e;

	if ((e = admin_read_page(x, &page)))
		return e;
	if (query.status.n && !scope_has(STR("active pending disabled"), query.status))
		return exchange_problem(
			x, ERR_INVALID_REQUEST, "status is active, pending or disabled");
	query.after = page.after;
	query.limit = page.limit;
	if ((e = find_clients(x, &query, list, &count, &next)))
		return e;
	return admin_reply_page(x,
		&(struct admin_list){RESOURCE_client, list, sizeof *list, count, page.limit}, next);
}

enum err
admin_find_client(struct exchange *x, struct client *ret)
{
	struct id id;
	enum err e;

	if ((e = admin_read_id(x, &id)))
		return e;
	e = client_by_id(x->cx.store, x->cx.arena, id, ret);
	return e == ERR_NO_ROW ? ERR_NOT_FOUND : e;
}

enum err
http_admin_client_show(struct exchange *x)
{
	struct client client;
	enum err e;

	if ((e = admin_find_client(x, &client)))
		return e;
	admin_version(x, client.updated_ms);
	return admin_reply_item(x, RESOURCE_client, &client);
}

enum err
http_admin_client_create(struct exchange *x)
{
	struct client_creation *creation = arena_new(x->cx.arena, struct client_creation);
	struct client_metadata said = {.client = {.type = STR_NONE}};
	struct buf *out;
	enum err e;

	if ((e = admin_read_body(x)) ||
		(e = client_spec_read(&x->cx, CLIENT_BY_OPERATOR, x->json, &said)) ||
		(e = client_creation_prepare(&x->cx, &said.client, creation)))
		return e;
	out = admin_begin(x);
	admin_write(out, RESOURCE_client, OP_SHOW, &creation->client);
	if (creation->secret.n)
		json_member_str(out, "client_secret", creation->secret);
	if ((e = admin_reply(x, 201, out)))
		return e;
	return exchange_commit(x, client_creation_store, creation);
}

enum err
http_admin_client_edit(struct exchange *x)
{
	struct client_edit *edit = arena_new(x->cx.arena, struct client_edit);
	struct client_metadata said;
	struct client client;
	enum err e;

	if ((e = admin_find_client(x, &client)) || (e = admin_check_version(x, client.updated_ms)))
		return e;
	said = (struct client_metadata){.client = client};
	if ((e = admin_read_body(x)) ||
		(e = client_spec_read(&x->cx, CLIENT_BY_OPERATOR, x->json, &said)) ||
		(e = client_edit_prepare(&x->cx, &client, &said.client, edit)))
		return e;
	admin_version(x, edit->client.updated_ms);
	e = admin_reply_item(x, RESOURCE_client, &edit->client);
	return e ? e : exchange_commit(x, client_edit_store, edit);
}

/* A client that is about to be changed by other than an edit. */
static enum err
find_held(struct exchange *x, struct client *ret, int64_t *ret_held_ms)
{
	enum err e = admin_find_client(x, ret);

	return e ? e : admin_hold_version(x, ret->updated_ms, ret_held_ms);
}

/* keep_old_for: how long the secret before still counts. */
static enum err
read_keep_old(struct exchange *x, int64_t *ret_s)
{
	struct str text;
	int64_t ms = 0;
	enum err e;

	if ((e = admin_read_body(x)))
		return e;
	text = json_get_str(x->json, "keep_old_for");
	if (text.n &&
		(duration_parse_ms(text, &ms) || ms > CLIENT_SECRET_KEPT_MAX_S * (int64_t)MS_PER_S))
		return exchange_problem(x, ERR_INVALID_REQUEST,
			"keep_old_for is a duration of at most 30 days, as 90m, 24h or 7d");
	*ret_s = ms / MS_PER_S;
	return OK;
}

enum err
http_admin_client_rotate_secret(struct exchange *x)
{
	struct client_rotation *rotation = arena_new(x->cx.arena, struct client_rotation);
	struct client client;
	struct buf *out;
	int64_t held_ms, keep_s = 0;
	enum err e;

	if ((e = find_held(x, &client, &held_ms)) || (e = read_keep_old(x, &keep_s)) ||
		(e = client_rotation_prepare(&x->cx, &client, keep_s, rotation)))
		return e;
	rotation->held_ms = held_ms;
	client.old_secret_expires_ms = rotation->old_expires_ms;
	out = admin_begin(x);
	admin_write(out, RESOURCE_client, OP_ONCE, &client);
	json_member_str(out, "client_secret", rotation->secret);
	if ((e = admin_reply(x, 200, out)))
		return e;
	return exchange_commit(x, client_rotation_store, rotation);
}

static enum err
set_status(struct exchange *x, struct str status, bool is_decision)
{
	struct client_status_change *change = arena_new(x->cx.arena, struct client_status_change);
	struct client client;
	int64_t held_ms;
	enum err e;

	if ((e = find_held(x, &client, &held_ms)))
		return e;
	*change = (struct client_status_change){.cx = &x->cx,
		.held_ms = held_ms,
		.id = client.id,
		.status = status,
		.is_decision = is_decision};
	return admin_done(x, client_status_store, change);
}

enum err
http_admin_client_enable(struct exchange *x)
{
	return set_status(x, STR("active"), false);
}

enum err
http_admin_client_disable(struct exchange *x)
{
	return set_status(x, STR("disabled"), false);
}

enum err
http_admin_client_approve(struct exchange *x)
{
	return set_status(x, STR("active"), true);
}

enum err
http_admin_client_reject(struct exchange *x)
{
	return set_status(x, STR("disabled"), true);
}

enum err
http_admin_client_delete(struct exchange *x)
{
	struct client_deletion *deletion = arena_new(x->cx.arena, struct client_deletion);
	struct client client;
	int64_t held_ms;
	enum err e;

	if ((e = find_held(x, &client, &held_ms)))
		return e;
	*deletion = (struct client_deletion){.cx = &x->cx, .held_ms = held_ms, .id = client.id};
	return admin_done(x, client_deletion_store, deletion);
}

enum err
http_admin_client_revoke(struct exchange *x)
{
	struct client client;
	enum err e = admin_find_client(x, &client);

	return e ? e : admin_take_back(x, client.id, takeback_from_client);
}
