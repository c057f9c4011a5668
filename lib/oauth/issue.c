/* Issuing to a user. */
#include "lib/oauth/issue.h"

#include "lib/audit/audit.h"
#include "lib/base/clock.h"
#include "lib/base/holds.h"
#include "lib/base/log.h"
#include "lib/config/config.h"
#include "lib/crypto/credential.h"
#include "lib/crypto/random.h"
#include "lib/metrics/tally.h"
#include "lib/oauth/client_scope.h"
#include "lib/oauth/id_token.h"
#include "lib/oauth/scope.h"

/* A refresh token outlives the user's presence, so the user must have granted
 * just that (OpenID Connect Core section 11), and the client must be able to
 * use it.  A client that is always refreshed does not ask; its pages say so all the same. */
static bool
may_have_refresh_token(const struct issue *issue)
{
	return issue->wants_refresh && client_may_refresh(issue->cx, issue->client) &&
	       (issue->client->refresh_always ||
		       scope_has(issue->family.scope, STR("offline_access")));
}

static int64_t
family_ttl_s(const struct issue *issue)
{
	int64_t ttl_s = issue->cx->config->refresh_family_ttl_s;

	return issue->family_ttl_s && issue->family_ttl_s < ttl_s ? issue->family_ttl_s : ttl_s;
}

static enum err
fill_family(struct issue *issue)
{
	struct family *family = &issue->family;

	if (issue->family_exists)
		return OK;
	family->client_id = issue->client->id;
	family->user_id = issue->user.id;
	family->created_ms = issue->cx->now_ms;
	family->ip = issue->cx->ip;
	family->user_agent = issue->cx->user_agent;
	if (may_have_refresh_token(issue))
		family->expires_ms = issue->cx->now_ms + family_ttl_s(issue) * MS_PER_S;
	return id_is_zero(family->id) ? id_new(issue->cx->now_ms, &family->id) : OK;
}

static enum err
make_access_token(struct issue *issue)
{
	struct token_grant grant = {
		.client = issue->client,
		.family_id = issue->family.id,
		.subject = id_text(issue->cx->arena, issue->user.id),
		.scope = issue->scope,
		.resource = issue->resource,
		.extra_claims = issue->extra_claims,
		.auth_ms = issue->family.auth_ms,
		.made = issue->given_access,
	};
	enum err e = token_spread_ttl_s(issue->cx->config, issue->client, &grant.ttl_s);

	if (scope_has(issue->scope, STR(SCOPE_ADMIN)) && grant.ttl_s > SCOPE_ADMIN_TTL_S)
		grant.ttl_s = SCOPE_ADMIN_TTL_S;
	return e ? e : token_make(issue->cx, &grant, &issue->access);
}

/* Idle lifetime from now, never past the family's absolute end. */
static void
fill_refresh_token(struct issue *issue, int64_t ttl_s)
{
	int64_t idle_end_ms = issue->cx->now_ms + ttl_s * MS_PER_S;
	int64_t end_ms = issue->family.expires_ms;

	issue->refresh = (struct refresh_token){
		.family_id = issue->family.id,
		.scope = scope_without(issue->cx->arena, issue->family.scope, SCOPE_ADMIN),
		.issued_ms = issue->cx->now_ms,
		.expires_ms = end_ms && end_ms < idle_end_ms ? end_ms : idle_end_ms,
	};
}

/* The contract has one endpoint for both kinds, told apart by nothing but the lifetime. */
static enum err
make_refresh_token_by_service(struct issue *issue)
{
	const struct token_wish wish = {
		.subject = id_text(issue->cx->arena, issue->user.id),
		.client_id = issue->client->id,
		.scope = scope_without(issue->cx->arena, issue->family.scope, SCOPE_ADMIN),
		.ttl_s = refresh_ttl_s(issue->cx->config, issue->client),
	};
	struct made_token made;
	enum err e;

	if (issue->given_refresh)
		made = *issue->given_refresh;
	else if ((e = token_api_generate(issue->cx, &wish, &made)))
		return e;
	if (str_eq(made.text, issue->access.text)) {
		log_warning("the service that makes tokens gave the same twice",
			log_str("request_id", issue->cx->request_id));
		return ERR_TOKEN_SERVICE;
	}
	fill_refresh_token(issue, made.ttl_s);
	issue->refresh_text = made.text;
	issue->refresh.digest = sha256(made.text);
	issue->refresh.is_imported = true;
	return id_new(issue->cx->now_ms, &issue->refresh.id);
}

static enum err
make_refresh_token(struct issue *issue)
{
	struct credential credential;
	enum err e;

	if (token_api_makes(issue->cx->config, issue->client, issue->scope))
		return make_refresh_token_by_service(issue);
	e = credential_new(issue->cx->arena, issue->cx->now_ms, &credential, &issue->refresh_text);
	if (e)
		return e;
	fill_refresh_token(issue, refresh_ttl_s(issue->cx->config, issue->client));
	issue->refresh.id = credential.id;
	issue->refresh.digest = credential.digest;
	return OK;
}

static enum err
make_id_token(struct issue *issue)
{
	struct id_token_claims claims = {
		.client = issue->client,
		.user = &issue->user,
		.scope = issue->scope,
		.nonce = issue->family.nonce,
		.session_id = issue->family.session_id,
		.auth_ms = issue->family.auth_ms,
		.amr = issue->family.amr,
		.access_token = issue->access.text,
	};

	return id_token_make(issue->cx, &claims, &issue->id_token);
}

enum err
issue_load_user(const struct context *cx, struct id id, struct user *ret)
{
	enum err e = user_by_id(cx->store, cx->arena, id, ret);

	if (e == ERR_NO_ROW || (!e && ret->disabled_ms))
		return ERR_ACCESS_DENIED;
	return e;
}

static void
note_tokens(const struct issue *issue)
{
	struct tally *t = issue->cx->tally;

	tally_done(t, METRIC_TOKENS_ISSUED, METRIC_SERIES(LABEL_TYPE_ACCESS, GRANT, issue->grant));
	if (issue->refresh_text.n)
		tally_done(t, METRIC_TOKENS_ISSUED,
			METRIC_SERIES(LABEL_TYPE_REFRESH, GRANT, issue->grant));
	if (issue->id_token.n)
		tally_done(
			t, METRIC_TOKENS_ISSUED, METRIC_SERIES(LABEL_TYPE_ID, GRANT, issue->grant));
}

enum err
issue_begin(struct issue *issue, struct grant_outcome *ret)
{
	enum err e;

	if ((e = fill_family(issue)) || (e = make_access_token(issue)))
		return e;
	if (may_have_refresh_token(issue) && (e = make_refresh_token(issue)))
		return e;
	if (scope_has(issue->scope, STR("openid")) &&
		((e = claims_load(issue->cx, issue->scope, &issue->user)) ||
			(e = make_id_token(issue))))
		return e;
	ret->access_token = issue->access.text;
	ret->by_service = issue->access.row.is_foreign;
	ret->expires_in_s = issue->access.expires_in_s;
	ret->scope = issue->scope;
	ret->refresh_token = issue->refresh_text;
	ret->id_token = issue->id_token;
	note_tokens(issue);
	return OK;
}

static enum err
write_audit(struct store *s, const struct issue *issue)
{
	struct arena *arena = issue->cx->arena;
	struct str token = id_text(arena, issue->access.row.id);
	struct str client = id_text(arena, issue->client->id);
	struct str family = id_text(arena, issue->family.id);
	struct audit_record record = {
		.event = issue->family_exists ? AUDIT_EVENT_TOKEN_REFRESHED
					      : AUDIT_EVENT_ACCESS_TOKEN_ISSUED,
		.actor = audit_actor_user(arena, issue->user.username),
		.target = str_printf(arena, "token:%.*s", STR_ARG(token)),
		.detail = str_printf(arena, "client=%.*s family=%.*s scope=%.*s", STR_ARG(client),
			STR_ARG(family), STR_ARG(issue->scope)),
	};

	return audit_write(s, issue->cx, &record);
}

enum err
issue_store(struct store *s, const struct issue *issue)
{
	enum err e;

	HOLDS(id_eq(issue->access.row.family_id, issue->family.id));
	HOLDS(!issue->refresh_text.n || id_eq(issue->refresh.family_id, issue->family.id));
	HOLDS(issue->family_exists || scope_covers(issue->family.scope, issue->scope));
	HOLDS(!scope_has(issue->refresh.scope, STR(SCOPE_ADMIN)));
	if (!issue->family_exists && (e = family_insert(s, &issue->family)))
		return e;
	if ((e = access_token_insert(s, &issue->access.row)) ||
		(issue->refresh_text.n && (e = refresh_token_insert(s, &issue->refresh))))
		return token_insert_error(issue->cx, &issue->access.row, e);
	if ((e = client_touch(s, issue->client, issue->cx->now_ms)))
		return e;
	return write_audit(s, issue);
}
