/* Introspection and revocation. */
#include "lib/oauth/introspect.h"

#include "lib/audit/audit.h"
#include "lib/base/clock.h"
#include "lib/base/holds.h"
#include "lib/base/json.h"
#include "lib/config/config.h"
#include "lib/metrics/metrics.h"
#include "lib/oauth/bearer.h"
#include "lib/oauth/client.h"
#include "lib/oauth/issuer.h"
#include "lib/oauth/refresh.h"
#include "lib/oauth/resource.h"
#include "lib/oauth/scope.h"
#include "lib/oauth/token_api.h"
#include "lib/store/token.h"
#include "lib/store/user.h"

struct revocation {
	const struct context *cx;
	struct id family_id; /* zero: the one token only */
	struct id token_id;
	struct audit_record record;
};

/* ---- introspection ---- */

static bool
is_its_own(const struct context *cx, const struct client *client, const struct live_token *token)
{
	struct str audience = token->resource.n ? token->resource : cx->config->jwt_audience;

	return id_eq(token->client_id, client->id) ||
	       scope_has(audience, id_text(cx->arena, client->id));
}

static void
write_access(const struct context *cx, const struct live_token *token, struct buf *out)
{
	json_member_bool(out, "active", true);
	json_member_str(out, "iss", cx->issuer->url);
	json_member_str(out, "sub", bearer_subject(cx, token));
	json_member_str(out, "client_id", id_text(cx->arena, token->client_id));
	if (token->user.username.n)
		json_member_str(out, "username", token->user.username);
	if (token->scope.n)
		json_member_str(out, "scope", token->scope);
	json_member_str(out, "token_type", STR("Bearer"));
	resource_write_audience(out, cx, token->resource);
	json_member_i64(out, "iat", token->issued_ms / MS_PER_S);
	json_member_i64(out, "exp", token->expires_ms / MS_PER_S);
	json_member_str(out, "jti", id_text(cx->arena, token->id));
}

static bool
is_refresh_alive(const struct context *cx, const struct refresh_token *t, const struct family *f)
{
	return !t->revoked_ms && !t->used_ms && t->expires_ms > cx->now_ms && !f->revoked_ms &&
	       !f->disabled_ms && (!f->expires_ms || f->expires_ms > cx->now_ms);
}

/* One that a service made is shown to that as well. */
static enum err
ask_service(struct context *cx, const struct client *client, struct str text,
	const struct family *family)
{
	const struct token_wish whose = {
		.subject = id_text(cx->arena, family->user_id), .client_id = client->id};
	enum err e;

	if (!token_api_makes(cx->config, client, family->scope))
		return OK;
	e = token_api_validate(cx, &whose, text);
	return e == ERR_INVALID_TOKEN ? ERR_NO_ROW : e;
}

/* A refresh token is its client's own affair. */
static enum err
find_live_refresh(struct context *cx, const struct client *client, struct str text,
	struct refresh_token *ret, struct family *ret_family)
{
	struct user user;
	enum err e;

	if ((e = refresh_find(cx, client, text, ret, ret_family)))
		return e;
	if (!is_refresh_alive(cx, ret, ret_family))
		return ERR_NO_ROW;
	if ((e = user_by_id(cx->store, cx->arena, ret_family->user_id, &user)))
		return e;
	if (user.disabled_ms)
		return ERR_NO_ROW;
	return ret->is_imported ? ask_service(cx, client, text, ret_family) : OK;
}

static void
write_refresh(const struct context *cx, const struct refresh_token *token,
	const struct family *family, struct buf *out)
{
	json_member_bool(out, "active", true);
	json_member_str(out, "iss", cx->issuer->url);
	json_member_str(out, "sub", id_text(cx->arena, family->user_id));
	json_member_str(out, "client_id", id_text(cx->arena, family->client_id));
	json_member_str(out, "scope", token->scope);
	json_member_i64(out, "iat", token->issued_ms / MS_PER_S);
	json_member_i64(out, "exp", token->expires_ms / MS_PER_S);
}

static enum err
write_known(struct context *cx, const struct client *client, struct str text, struct buf *out,
	bool *ret_active, struct id *ret_other)
{
	struct refresh_token refresh;
	struct live_token token;
	struct family family;
	enum err e;

	*ret_active = true;
	e = bearer_find(cx, text, &token);
	if (!e && (client->introspect_all || is_its_own(cx, client, &token))) {
		if (!is_its_own(cx, client, &token))
			*ret_other = token.client_id;
		write_access(cx, &token, out);
		return OK;
	}
	if (e && e != ERR_INVALID_TOKEN)
		return e;
	e = find_live_refresh(cx, client, text, &refresh, &family);
	*ret_active = !e;
	if (!e)
		write_refresh(cx, &refresh, &family, out);
	else
		json_member_bool(out, "active", false);
	return e == ERR_NO_ROW ? OK : e;
}

enum err
introspect_write(struct context *cx, const struct client *client, struct str token, struct buf *out,
	struct id *ret_other)
{
	int64_t started_us = metrics_now_us(cx->metrics);
	bool active;
	enum err e;

	json_open(out, '{');
	e = write_known(cx, client, token, out, &active, ret_other);
	json_close(out, '}');
	if (!e)
		bearer_count(cx, started_us, active);
	return e;
}

/* ---- revocation ---- */

static enum err
store_revocation(struct store *s, void *arg)
{
	const struct revocation *r = arg;
	enum err e;

	HOLDS(!id_is_zero(r->family_id) || !id_is_zero(r->token_id));
	if (id_is_zero(r->family_id))
		e = access_token_revoke(s, r->token_id, r->cx->now_ms);
	else
		e = family_revoke(s, r->family_id, r->cx->now_ms);
	return e ? e : audit_write(s, r->cx, &r->record);
}

static void
prepare(const struct context *cx, const struct client *client, struct id family, struct id token,
	store_change **ret_change, void **ret_arg)
{
	struct revocation *r = arena_new(cx->arena, struct revocation);
	bool whole = !id_is_zero(family);

	*r = (struct revocation){
		.cx = cx,
		.family_id = family,
		.token_id = token,
		.record =
			{
				.event = AUDIT_EVENT_TOKEN_REVOKED,
				.actor = audit_actor_client(cx->arena, client->id),
				.target = str_printf(cx->arena, "%s:%.*s",
					whole ? "family" : "token",
					STR_ARG(id_text(cx->arena, whole ? family : token))),
			},
	};
	*ret_change = store_revocation;
	*ret_arg = r;
}

enum err
revoke_prepare(const struct context *cx, const struct client *client, struct str text,
	store_change **ret_change, void **ret_arg)
{
	const struct id none = {{0}};
	struct refresh_token refresh;
	struct live_token token;
	struct family family;
	enum err e;

	/* One whose family is disabled as well: it must not live again with it. */
	e = bearer_find_any(cx, text, &token);
	if (!e && id_eq(token.client_id, client->id) && !token.revoked_ms &&
		token.expires_ms > cx->now_ms)
		prepare(cx, client, none, token.id, ret_change, ret_arg);
	if (e != ERR_INVALID_TOKEN)
		return e;
	e = refresh_find(cx, client, text, &refresh, &family);
	if (!e && !family.revoked_ms)
		prepare(cx, client, family.id, none, ret_change, ret_arg);
	return e == ERR_NO_ROW ? OK : e;
}
