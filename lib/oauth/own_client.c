/* Limits of people, around the rules of operators. */
#include "lib/oauth/own_client.h"

#include "lib/config/config.h"
#include "lib/oauth/scope.h"

struct client
own_client_said(const struct client *said, const struct client *was)
{
	struct client spec = *was;

	spec.name = said->name;
	spec.type = said->type;
	spec.grants = said->grants;
	spec.scopes = said->scopes;
	spec.redirect_uris = said->redirect_uris;
	return spec;
}

/* Also what an operator has allowed a client stays allowed. */
static enum err
check_scopes(struct context *cx, struct str scopes, struct str had)
{
	STR_EACH (word, scopes) {
		if (scope_has(cx->config->apps_scopes, word) || scope_has(had, word))
			continue;
		cx->problem =
			str_printf(cx->arena, "scopes: %.*s is not for applications of people",
				STR_ARG(str_first(word, 100)));
		return ERR_INVALID_CLIENT_METADATA;
	}
	return OK;
}

enum err
own_client_make_prepare(struct context *cx, const struct user *owner, const struct client *spec,
	struct own_client *ret)
{
	struct own_client made = {.cx = cx,
		.owner = *owner,
		.limit = cx->config->apps_limit,
		.waits = cx->config->apps_approval};
	struct client *c = &made.creation.client;
	enum err e;

	if ((e = client_creation_prepare(cx, spec, &made.creation)) ||
		(e = check_scopes(cx, c->scopes, STR_NONE)))
		return e;
	c->owner_id = owner->id;
	if (made.waits)
		c->status = STR("pending");
	*ret = made;
	return OK;
}

/* The row of the person is held, so that two at once are not one too many. */
enum err
own_client_make_store(struct store *s, void *arg)
{
	struct own_client *made = arg;
	int64_t count = 0;
	enum err e = user_hold(s, made->owner.id, made->owner.updated_ms);

	if (e)
		return e == ERR_NO_ROW ? ERR_RACE : e;
	if ((e = client_count_of_owner(s, made->owner.id, &count)))
		return e;
	return count >= made->limit ? ERR_APPS_FULL : client_creation_store(s, &made->creation);
}

enum err
own_client_edit_prepare(struct context *cx, const struct user *owner, const struct client *was,
	const struct client *spec, struct own_client *ret)
{
	struct own_client made = {.cx = cx, .owner = *owner};
	enum err e;

	if ((e = client_edit_prepare(cx, was, spec, &made.edit)) ||
		(e = check_scopes(cx, made.edit.client.scopes, was->scopes)))
		return e;
	made.waits = cx->config->apps_approval && str_is(was->status, "active");
	*ret = made;
	return OK;
}

enum err
own_client_edit_store(struct store *s, void *arg)
{
	struct own_client *made = arg;
	enum err e = client_edit_store(s, &made->edit);

	if (e || !made->waits)
		return e;
	return client_set_status(s, made->edit.client.id, STR("pending"), made->cx->now_ms);
}

enum err
own_client_find(struct context *cx, const struct user *owner, struct id id, struct client *ret)
{
	struct client found;
	enum err e = client_by_id(cx->store, cx->arena, id, &found);

	if (e)
		return e;
	if (!id_eq(found.owner_id, owner->id) || str_is(found.status, "deleted"))
		return ERR_NO_ROW;
	*ret = found;
	return OK;
}
