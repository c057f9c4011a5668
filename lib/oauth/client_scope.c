/* From what is asked for to what is granted. */
#include "lib/oauth/client_scope.h"

#include "lib/config/config.h"
#include "lib/oauth/client.h"
#include "lib/oauth/scope.h"

static const char offline_access[] = "offline_access";

bool
client_may_refresh(const struct context *cx, const struct client *client)
{
	return cx->config->refresh_enabled && client_may_use(client, "refresh_token");
}

struct str
client_scope_shown(const struct context *cx, const struct client *client, struct str scope)
{
	if (!client->refresh_always || !client_may_refresh(cx, client))
		return scope;
	return scope_union(cx->arena, scope, str_of(offline_access));
}

static enum err
refuse(struct context *cx, struct str asked, struct str allowed)
{
	if (!scope_is_well_formed(asked)) {
		cx->problem = STR("scope is words of printable ASCII, at most 1024 bytes together");
		return ERR_INVALID_SCOPE;
	}
	STR_EACH (word, asked) {
		if (scope_has(allowed, word))
			continue;
		cx->problem = str_printf(
			cx->arena, "scope: this client may not ask for %.*s here", STR_ARG(word));
		return ERR_INVALID_SCOPE;
	}
	cx->problem = STR("scope: there is none that this client may ask for");
	return ERR_INVALID_SCOPE;
}

static enum err
grant(struct context *cx, struct str asked, struct str allowed, struct str *ret)
{
	if (allowed.n && !scope_grant(cx->arena, asked, allowed, ret))
		return OK;
	return refuse(cx, asked, allowed);
}

/* What this server gives a meaning to stays, so that who may not have it is told; so does
 * what the client is registered for.  offline_access is a wish (section 11). */
static struct str
drop_unknown(struct context *cx, const struct client *client, struct str asked)
{
	struct str known =
		scope_union(cx->arena, client->scopes, STR("openid profile email " SCOPE_ADMIN));

	return scope_intersection(cx->arena, asked, known);
}

enum err
client_scope_for_person(struct context *cx, const struct client *client, struct str asked,
	struct str allowed, struct str *ret)
{
	struct str kept = asked;

	if (!scope_is_well_formed(asked))
		return refuse(cx, asked, allowed);
	if (!client_may_refresh(cx, client)) {
		allowed = scope_without(cx->arena, allowed, offline_access);
		kept = scope_without(cx->arena, kept, offline_access);
	}
	if (scope_has(kept, STR("openid")) && scope_has(allowed, STR("openid")))
		kept = drop_unknown(cx, client, kept);
	/* Nothing is left: that is not the same as to have asked for nothing. */
	if (asked.n && !kept.n)
		return refuse(cx, asked, allowed);
	return grant(cx, kept, allowed, ret);
}

enum err
client_scope_for_machine(
	struct context *cx, const struct client *client, struct str asked, struct str *ret)
{
	struct str allowed = scope_for_machines(cx->arena, client->scopes);
	struct str kept;

	if (!scope_is_well_formed(asked))
		return refuse(cx, asked, allowed);
	kept = scope_without(cx->arena, asked, "openid");
	if (!kept.n && !allowed.n) {
		*ret = STR_NONE;
		return OK;
	}
	return grant(cx, kept, allowed, ret);
}
