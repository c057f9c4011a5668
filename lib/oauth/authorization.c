/* Consents and families, put together by client. */
#include "lib/oauth/authorization.h"

#include "lib/oauth/scope.h"
#include "lib/store/authorization.h"

/* A client may hold 100,000 families: the newest tell enough.  And of clients
 * that have nothing left, a page passes over so many before it says "more". */
enum { FAMILIES_SEEN_MAX = 100, CLIENTS_SEEN_MAX = 500 };

static void
add_family(struct arena *arena, struct authorization *a, const struct authorization_family *f)
{
	a->scope = scope_union(arena, a->scope, f->scope);
	if (!a->since_ms || f->created_ms < a->since_ms)
		a->since_ms = f->created_ms;
	if (a->used_ms < f->created_ms)
		a->used_ms = f->created_ms;
	if (a->used_ms < f->used_ms)
		a->used_ms = f->used_ms;
}

/* ERR_NO_ROW if the client has nothing any more. */
static enum err
look_at(const struct context *cx, struct id user, struct id client_id, struct authorization *ret)
{
	struct authorization_family *families =
		arena_array(cx->arena, struct authorization_family, FAMILIES_SEEN_MAX + 1);
	struct authorization_client client;
	size_t count;
	enum err e;

	if ((e = authorization_client(cx->store, cx->arena, user, client_id, &client)))
		return e;
	e = authorization_families(cx->store, cx->arena, &client, user, cx->now_ms, families,
		FAMILIES_SEEN_MAX + 1, &count);
	if (e)
		return e;
	if (!count && !client.consent_ms)
		return ERR_NO_ROW;
	*ret = (struct authorization){
		.client_id = client.id,
		.client_name = client.name,
		.scope = client.consent_scope,
		.since_ms = client.consent_ms,
		.families = (int64_t)(count > FAMILIES_SEEN_MAX ? FAMILIES_SEEN_MAX : count),
		.has_more = count > FAMILIES_SEEN_MAX,
		.is_remembered = client.consent_ms != 0,
	};
	for (size_t i = 0; i < count; i++)
		add_family(cx->arena, ret, &families[i]);
	return OK;
}

enum err
authorization_list(const struct context *cx, struct id user, struct id after,
	struct authorization *list, size_t limit, size_t *ret_count, struct id *ret_next)
{
	struct id at = after;
	size_t count = 0;

	for (size_t seen = 0; seen < CLIENTS_SEEN_MAX; seen++) {
		struct authorization one;
		struct id next = {{0}};
		enum err e = authorization_next_client(cx->store, user, at, &next);

		if (e && e != ERR_NO_ROW)
			return e;
		/* The end, or one more than fits: a next page begins behind the last. */
		*ret_count = count;
		*ret_next = e ? next : at;
		if (e)
			return OK;
		e = look_at(cx, user, next, &one);
		if (e && e != ERR_NO_ROW)
			return e;
		if (!e && count == limit)
			return OK;
		if (!e)
			list[count++] = one;
		at = next;
	}
	*ret_count = count;
	*ret_next = at;
	return OK;
}
