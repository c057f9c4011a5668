/*
 * RFC 6749 section 6, RFC 9700 section 4.14: a refresh token becomes a new
 * access token.
 *
 * Fixed tokens stay as they are.  Rotated ones are used once: the old row keeps
 * its successor, sealed under a key that only the text of the old token gives.
 * A client whose answer got lost sends the old token again; within the window
 * it receives the same successor and a fresh access token, so an honest user is
 * never signed out, and parallel uses all succeed.  A successor that has been used
 * proves that the answer arrived, and closes the window.  After it the same
 * request means that two parties hold the token: the family is revoked.  Without
 * a window that is so from the first instant on: which of two uses is the thief's,
 * nobody can tell, and a thief may well be faster.  Tokens brought from elsewhere
 * always rotate: after their first use they are ours.
 */
#include "lib/audit/audit.h"
#include "lib/base/clock.h"
#include "lib/base/holds.h"
#include "lib/config/config.h"
#include "lib/crypto/seal.h"
#include "lib/metrics/tally.h"
#include "lib/oauth/client.h"
#include "lib/oauth/client_scope.h"
#include "lib/oauth/issue.h"
#include "lib/oauth/refresh.h"
#include "lib/oauth/resource.h"
#include "lib/oauth/scope.h"

/* The token that replaced one, made when that was used first. */
struct successor {
	struct id id; /* zero: this is no retry */
	struct str text;
};

struct refreshing {
	const struct context *cx;
	struct refresh_token old;
	struct str successor_sealed;
	bool rotates;           /* this exchange replaces the old token */
	struct successor again; /* of a retry */
	struct issue issue;
};

struct reuse {
	const struct context *cx;
	struct id family_id;
	struct audit_record record;
};

static bool
is_alive(const struct context *cx, const struct refresh_token *t, const struct family *f)
{
	return !t->revoked_ms && !f->revoked_ms && !f->disabled_ms && t->expires_ms > cx->now_ms &&
	       (!f->expires_ms || f->expires_ms > cx->now_ms);
}

/* "auto": public clients rotate, since nothing else ties their token to them
 * (RFC 9700 section 2.2.2). */
static bool
must_rotate(const struct config *config, const struct client *client)
{
	if (config->refresh_rotation || str_is(config->refresh_mode, "rotation"))
		return true;
	return str_is(config->refresh_mode, "auto") && client_is_public(client);
}

static void
successor_key(struct str old_text, struct secret *ret)
{
	struct secret text = {0};

	secret_set(&text, old_text.p, old_text.n);
	derive_key(&text, "authgate refresh successor", ret);
	secret_free(&text);
}

static enum err
seal_successor(struct refreshing *r, struct str old_text)
{
	struct secret key = {0};
	struct str context = {(const char *)r->old.id.bytes, ID_SIZE};
	enum err e;

	successor_key(old_text, &key);
	e = seal(r->cx->arena, &key, context, r->issue.refresh_text, &r->successor_sealed);
	secret_free(&key);
	return e;
}

static bool
is_in_window(const struct context *cx, const struct refresh_token *old)
{
	int64_t window_ms = cx->config->refresh_retry_s * MS_PER_S;

	return window_ms && cx->now_ms - old->used_ms < window_ms;
}

static enum err
open_successor(const struct context *cx, const struct refresh_token *old, struct str old_text,
	struct str *ret)
{
	struct secret key = {0};
	struct str context = {(const char *)old->id.bytes, ID_SIZE};
	enum err e;

	successor_key(old_text, &key);
	e = unseal(cx->arena, &key, context, old->successor_sealed, ret);
	secret_free(&key);
	return e;
}

/* What a retry gets once more; ERR_NO_ROW if this is none. */
static enum err
find_successor(const struct context *cx, const struct refresh_token *old, struct str old_text,
	struct successor *ret)
{
	struct refresh_token row;
	enum err e;

	if (!is_in_window(cx, old))
		return ERR_NO_ROW;
	if ((e = open_successor(cx, old, old_text, &ret->text)) ||
		(e = refresh_find_text(cx, ret->text, &row)))
		return e;
	ret->id = row.id;
	return row.used_ms ? ERR_NO_ROW : OK;
}

static enum err
store_reuse(struct store *s, void *arg)
{
	const struct reuse *reuse = arg;
	enum err e;

	HOLDS(!id_is_zero(reuse->family_id));
	if ((e = family_revoke(s, reuse->family_id, reuse->cx->now_ms)))
		return e;
	return audit_write(s, reuse->cx, &reuse->record);
}

static enum err
refuse_reuse(const struct grant_call *call, const struct family *family, struct grant_outcome *ret)
{
	struct reuse *reuse = arena_new(call->cx->arena, struct reuse);

	reuse->cx = call->cx;
	reuse->family_id = family->id;
	reuse->record = (struct audit_record){
		.event = AUDIT_EVENT_REFRESH_REUSED,
		.actor = audit_actor_client(call->cx->arena, call->client->id),
		.target = str_printf(call->cx->arena, "family:%.*s",
			STR_ARG(id_text(call->cx->arena, family->id))),
	};
	ret->change = store_reuse;
	ret->change_arg = reuse;
	return grant_refuse(
		call->cx, "The refresh token was used before: the sign-in has been ended.");
}

static enum err
store_refresh(struct store *s, void *arg)
{
	const struct refreshing *r = arg;
	enum err e;

	HOLDS(r->issue.family_exists);
	HOLDS(!r->rotates || r->successor_sealed.n);
	HOLDS(!(r->rotates && r->old.used_ms));
	e = family_check_alive(s, r->issue.family.id, r->cx->now_ms);
	if (e)
		return e == ERR_NO_ROW ? ERR_INVALID_GRANT : e;
	/* Of parallel uses of a rotating token, one finds it unused; the others
	 * are run again and find its successor. */
	if (r->rotates &&
		(e = refresh_token_rotate(s, r->old.id, r->successor_sealed, r->cx->now_ms)))
		return e == ERR_NO_ROW ? ERR_RACE : e;
	/* Used this very moment: the second run finds the window closed. */
	if (!id_is_zero(r->again.id) && (e = refresh_token_hold_unused(s, r->again.id)))
		return e == ERR_NO_ROW ? ERR_RACE : e;
	return issue_store(s, &r->issue);
}

/* A retry: the successor that was made the first time. */
static enum err
repeat_answer(struct refreshing *r, struct grant_outcome *ret)
{
	enum err e;

	r->issue.wants_refresh = false;
	if ((e = issue_begin(&r->issue, ret)))
		return e;
	ret->refresh_token = r->again.text;
	return OK;
}

/* A refresh token of the service's own, which renews it: the old one, or of a retry what
 * replaced it.  One of ours gives rise to a new access token only. */
static enum err
renew_by_service(const struct grant_call *call, struct refreshing *r, struct str text)
{
	const struct token_wish wish = {
		.subject = id_text(call->cx->arena, r->issue.user.id),
		.client_id = call->client->id,
		.scope = r->issue.scope,
		.ttl_s = token_ttl_s(call->cx->config, call->client),
	};
	const struct token_renewal renewal = {
		.refresh_token = text,
		.rotates = r->rotates,
		.refresh_ttl_s = refresh_ttl_s(call->cx->config, call->client),
	};
	struct made_token *made = arena_array(call->cx->arena, struct made_token, 2);
	enum err e = token_api_refresh(call->cx, &wish, &renewal, &made[0], &made[1]);

	if (e == ERR_INVALID_TOKEN)
		return grant_refuse(call->cx,
			"The service that made the refresh token does not know it any more.");
	if (e)
		return e;
	r->issue.given_access = &made[0];
	r->issue.given_refresh = &made[1];
	r->rotates = made[1].text.n != 0;
	return OK;
}

static enum err
answer(const struct grant_call *call, struct refreshing *r, struct str old_text,
	struct grant_outcome *ret)
{
	bool by_service = r->old.is_imported &&
			  token_api_makes(call->cx->config, call->client, r->issue.scope);
	struct str text = r->old.used_ms ? r->again.text : old_text;
	enum err e;

	if (!r->old.used_ms)
		r->rotates = (r->old.is_imported && !by_service) ||
			     must_rotate(call->cx->config, call->client);
	if (by_service && (e = renew_by_service(call, r, text)))
		return e;
	if (r->old.used_ms)
		return repeat_answer(r, ret);
	r->issue.wants_refresh = r->rotates;
	if ((e = issue_begin(&r->issue, ret)))
		return e;
	if (!r->rotates) {
		ret->refresh_token = old_text;
		return OK;
	}
	return seal_successor(r, old_text);
}

/* Narrower scopes for this access token only: the refresh token keeps its own
 * (RFC 6749 section 6).  What the client has lost since is lost here too, and power over
 * the server is never had without a consent. */
static enum err
narrow_scope(const struct grant_call *call, const struct refresh_token *old, struct str *ret)
{
	struct context *cx = call->cx;
	struct str still = scope_without(cx->arena,
		scope_intersection(cx->arena, old->scope, call->client->scopes), SCOPE_ADMIN);

	return client_scope_for_person(cx, call->client, form_get(call->form, "scope"), still, ret);
}

static enum err
refresh(const struct grant_call *call, const struct refresh_token *old, const struct family *family,
	struct str old_text, const struct successor *again, struct grant_outcome *ret)
{
	struct refreshing *r = arena_new(call->cx->arena, struct refreshing);
	enum err e;

	r->cx = call->cx;
	r->old = *old;
	r->again = *again;
	r->issue = (struct issue){
		.cx = call->cx,
		.client = call->client,
		.extra_claims = call->extra_claims,
		.grant = LABEL_GRANT_REFRESH,
		.family = *family,
		.family_exists = true,
	};
	if ((e = narrow_scope(call, old, &r->issue.scope)) ||
		(e = resource_narrow(
			 call->cx, family->resource, call->resource, &r->issue.resource)))
		return e;
	e = issue_load_user(call->cx, family->user_id, &r->issue.user);
	if (e)
		return e == ERR_ACCESS_DENIED
			       ? grant_refuse(call->cx, "The user is gone, or disabled.")
			       : e;
	if ((e = answer(call, r, old_text, ret)))
		return e;
	ret->change = store_refresh;
	ret->change_arg = r;
	return OK;
}

static const char *
fault_of(const struct context *cx, const struct refresh_token *t)
{
	return t->expires_ms <= cx->now_ms ? "The refresh token has expired."
					   : "The sign-in of the refresh token has ended.";
}

enum err
grant_refresh_run(const struct grant_call *call, struct grant_outcome *ret)
{
	static const char unknown[] =
		"The refresh token is not known here, or is another client's.";
	struct context *cx = call->cx;
	struct str text = form_get(call->form, "refresh_token");
	struct successor again = {.text = STR_NONE};
	struct refresh_token old;
	struct family family;
	enum err e;

	tally_either(cx->tally, METRIC_REFRESHES, LABEL_RESULT_SUCCESS, LABEL_RESULT_ERROR);
	if (!text.n) {
		cx->problem = STR("refresh_token is missing");
		return ERR_INVALID_REQUEST;
	}
	if ((e = refresh_find(cx, call->client, text, &old, &family)))
		return e == ERR_NO_ROW ? grant_refuse(cx, unknown) : e;
	if (!is_alive(cx, &old, &family))
		return grant_refuse(cx, fault_of(cx, &old));
	if (old.used_ms && (e = find_successor(cx, &old, text, &again)))
		return e == ERR_NO_ROW ? refuse_reuse(call, &family, ret) : e;
	return refresh(call, &old, &family, text, &again, ret);
}
