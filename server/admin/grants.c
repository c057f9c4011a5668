/* /api/admin/v1/grants, /tokens, /sessions, /devices: looking, and taking back. */
#include "lib/oauth/takeback.h"
#include "lib/store/overview.h"
#include "server/admin/admin.h"
#include "server/handlers.h"

#include <string.h>

/* What a row says that is not stored. */
typedef void finisher(struct exchange *, struct overview *);
typedef enum err lister(struct store *, struct arena *, const struct overview_query *,
	struct overview *list, size_t *ret_count, struct id *ret_next);

/* Reads ?user= (id or name), ?client=, ?grant= and ?active=. */
static enum err
read_query(struct exchange *x, struct overview_query *ret)
{
	struct str client = form_get(&x->query, "client");
	struct str family = form_get(&x->query, "grant");
	struct str user = form_get(&x->query, "user");
	struct str active = form_get(&x->query, "active");
	struct admin_page page;
	enum err e;

	if ((e = admin_read_page(x, &page)))
		return e;
	*ret = (struct overview_query){.before = page.after, .limit = page.limit};
	if (id_is_zero(page.after))
		memset(&ret->before, 0xff, sizeof ret->before);
	if (family.n && (user.n || client.n))
		return exchange_problem(
			x, ERR_INVALID_REQUEST, "a grant is of one user and client: name it alone");
	if (active.n && !str_is(active, "true"))
		return exchange_problem(x, ERR_INVALID_REQUEST, "active is true, or absent");
	ret->living_at_ms = active.n ? x->cx.now_ms : 0;
	if ((client.n && id_parse(client, &ret->client)) ||
		(family.n && id_parse(family, &ret->family)))
		return exchange_problem(x, ERR_INVALID_REQUEST, "client and grant are ids");
	return user.n ? admin_user_id(x, user, &ret->user) : OK;
}

/* What ended it first decides. */
static struct str
state_of(const struct overview *o, int64_t now_ms)
{
	if (o->revoked_ms)
		return STR("revoked");
	if (o->disabled_ms)
		return STR("disabled");
	return o->expires_ms && o->expires_ms <= now_ms ? STR("expired") : STR("active");
}

/* Not every request that has run out has been told so. */
static struct str
device_state_of(const struct overview *o, int64_t now_ms)
{
	bool is_open = str_is(o->state, "pending") || str_is(o->state, "approved");

	return is_open && o->expires_ms <= now_ms ? STR("expired") : o->state;
}

static void
finish_device(struct exchange *x, struct overview *o)
{
	o->state = device_state_of(o, x->cx.now_ms);
	o->user_code = str_printf(x->cx.arena, "%.*s-****", STR_ARG(o->user_code));
}

static void
finish_life(struct exchange *x, struct overview *o)
{
	o->state = state_of(o, x->cx.now_ms);
}

static enum err
list(struct exchange *x, enum resource_id row, lister *read, finisher *finish)
{
	struct overview *rows = arena_array(x->cx.arena, struct overview, ADMIN_PAGE_MAX);
	struct overview_query query;
	struct id next;
	size_t count;
	enum err e;

	if ((e = read_query(x, &query)) ||
		(e = read(x->cx.store, x->cx.arena, &query, rows, &count, &next)))
		return e;
	for (size_t i = 0; finish && i < count; i++)
		finish(x, &rows[i]);
	return admin_reply_page(
		x, &(struct admin_list){row, rows, sizeof *rows, count, query.limit}, next);
}

enum err
http_admin_grant_list(struct exchange *x)
{
	return list(x, RESOURCE_grant, overview_grants, finish_life);
}

enum err
http_admin_token_list(struct exchange *x)
{
	return list(x, RESOURCE_token, overview_tokens, finish_life);
}

enum err
http_admin_session_list(struct exchange *x)
{
	return list(x, RESOURCE_session, overview_sessions, NULL);
}

enum err
http_admin_device_list(struct exchange *x)
{
	return list(x, RESOURCE_device, overview_devices, finish_device);
}

enum err
admin_take_back(struct exchange *x, struct id id, store_change *change)
{
	struct takeback *t = arena_new(x->cx.arena, struct takeback);

	*t = (struct takeback){.cx = &x->cx, .id = id};
	return admin_done(x, change, t);
}

static enum err
take_back_named(struct exchange *x, store_change *change)
{
	struct id id;
	enum err e = admin_read_id(x, &id);

	return e ? e : admin_take_back(x, id, change);
}

enum err
http_admin_grant_revoke(struct exchange *x)
{
	return take_back_named(x, takeback_grant);
}

enum err
http_admin_grant_disable(struct exchange *x)
{
	return take_back_named(x, takeback_disable);
}

enum err
http_admin_grant_enable(struct exchange *x)
{
	return take_back_named(x, takeback_enable);
}

enum err
http_admin_token_revoke(struct exchange *x)
{
	return take_back_named(x, takeback_token);
}

enum err
http_admin_session_revoke(struct exchange *x)
{
	return take_back_named(x, takeback_session);
}

enum err
http_admin_device_deny(struct exchange *x)
{
	return take_back_named(x, takeback_device);
}
