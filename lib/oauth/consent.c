/* What was agreed to, and to whom. */
#include "lib/oauth/consent.h"

#include "lib/base/base64.h"
#include "lib/oauth/scope.h"
#include "lib/store/consent.h"

/* What a person judged a client by. */
static struct str
shown_of(struct arena *arena, const struct client *client)
{
	struct digest digest = sha256(str_printf(
		arena, "%.*s\n%.*s", STR_ARG(client->name), STR_ARG(client->redirect_uris)));

	return base64url(arena, digest.bytes, sizeof digest.bytes);
}

static bool
is_same_client(struct arena *arena, const struct consent *consent, const struct client *client)
{
	if (!consent->shown.n)
		return client->updated_ms <= consent->granted_ms;
	return str_eq(consent->shown, shown_of(arena, client));
}

enum err
consent_covers(const struct context *cx, struct id user, const struct client *client,
	struct str scope, struct str resource, bool *ret)
{
	struct consent consent;
	enum err e = consent_get(cx->store, cx->arena, user, client->id, &consent);

	*ret = !e && scope_covers(consent.scope, scope) &&
	       scope_covers(consent.resource, resource) &&
	       is_same_client(cx->arena, &consent, client);
	return e == ERR_NO_ROW ? OK : e;
}

enum err
consent_remember(struct store *s, const struct context *cx, struct id user,
	const struct client *client, const struct auth_code *code)
{
	struct consent before = {0};
	struct consent now = {
		.user_id = user,
		.client_id = client->id,
		.shown = shown_of(cx->arena, client),
		.granted_ms = cx->now_ms,
		.client_epoch_ms = client->epoch_ms,
	};
	enum err e = consent_get(s, cx->arena, user, client->id, &before);

	if (e && e != ERR_NO_ROW)
		return e;
	if (!is_same_client(cx->arena, &before, client))
		before = (struct consent){0};
	now.scope = scope_union(cx->arena, before.scope, code->scope);
	now.resource = scope_union(cx->arena, before.resource, code->resource);
	return consent_put(s, &now);
}
