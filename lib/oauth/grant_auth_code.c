/*
 * RFC 6749 section 4.1.3 with RFC 7636 and RFC 9700: a code becomes tokens,
 * once.
 *
 * A second use by the right client means that somebody else had the code, so
 * everything that came of the first is revoked (RFC 6749 section 4.1.2).  A
 * stranger cannot cause that: the code counts as used only together with the
 * client's own authentication and the right verifier.  A public client has the
 * verifier alone to tell it from who found a code in some log, and whoever lacks
 * it cannot have been the first.
 */
#include "lib/audit/audit.h"
#include "lib/base/holds.h"
#include "lib/config/config.h"
#include "lib/oauth/issue.h"
#include "lib/oauth/pkce.h"
#include "lib/oauth/resource.h"
#include "lib/store/auth_code.h"

/* Wrong verifiers or redirect URIs after which a code is dead. */
enum { CODE_FAILURES_MAX = 3 };

struct exchange_of_code {
	const struct context *cx;
	struct auth_code code;
	struct issue issue;
};

struct replay {
	const struct context *cx;
	struct id family_id;
	struct audit_record record;
};

static enum err
find_code(const struct grant_call *call, struct auth_code *ret)
{
	struct context *cx = call->cx;
	static const char unknown[] =
		"The code is not known here: it was used or has expired long ago.";
	struct credential credential;
	struct auth_code code;
	enum err e;

	if ((e = grant_credential(call, "code", &credential)))
		return e;
	e = auth_code_by_id(cx->store, cx->arena, credential.id, &code);
	if (e)
		return e == ERR_NO_ROW ? grant_refuse(cx, unknown) : e;
	if (!digest_eq(code.digest, credential.digest))
		return grant_refuse(cx, unknown);
	*ret = code;
	return OK;
}

/* RFC 7636 section 4.6; a verifier for a code without a challenge is refused as
 * well, or an attacker could strip the challenge from the request (RFC 9700
 * section 2.1.1).  What is wrong with it; NULL: nothing. */
static const char *
fault_of_verifier(const struct auth_code *code, struct str verifier)
{
	if (!code->code_challenge.n)
		return verifier.n ? "code_verifier was sent, but the authorization request had no "
				    "code_challenge."
				  : NULL;
	if (!verifier.n)
		return "code_verifier is missing: the authorization request had a code_challenge.";
	return pkce_matches(verifier, code->code_challenge)
		       ? NULL
		       : "code_verifier does not belong to the code_challenge of the "
			 "authorization request.";
}

/* RFC 6749 section 4.1.3: required, and identical, if the request had one. */
static const char *
fault_of_redirect(const struct auth_code *code, struct str redirect_uri)
{
	if (str_eq(code->redirect_uri, redirect_uri))
		return NULL;
	if (!code->redirect_uri.n)
		return "redirect_uri was sent, but the authorization request had none.";
	return redirect_uri.n ? "redirect_uri is not that of the authorization request."
			      : "redirect_uri is missing: the authorization request had one.";
}

/* Of a code that could still be good. */
static const char *
fault_of_state(const struct grant_call *call, const struct auth_code *code)
{
	if (!str_is(code->state, "issued"))
		return "The code is dead: it was sent too often with a wrong code_verifier or "
		       "redirect_uri.";
	if (code->expires_ms <= call->cx->now_ms)
		return "The code has expired.";
	return code->client_epoch_ms < call->client->epoch_ms
		       ? "What the client was given has been taken back."
		       : NULL;
}

static enum err
store_failure(struct store *s, void *arg)
{
	const struct auth_code *code = arg;

	HOLDS(!id_is_zero(code->id));
	return auth_code_fail(s, code->id, CODE_FAILURES_MAX);
}

static enum err
store_replay(struct store *s, void *arg)
{
	const struct replay *replay = arg;
	enum err e;

	HOLDS(!id_is_zero(replay->family_id));
	if ((e = family_revoke(s, replay->family_id, replay->cx->now_ms)))
		return e;
	return audit_write(s, replay->cx, &replay->record);
}

static enum err
refuse_replay(
	const struct grant_call *call, const struct auth_code *code, struct grant_outcome *ret)
{
	struct replay *replay = arena_new(call->cx->arena, struct replay);

	replay->cx = call->cx;
	replay->family_id = code->family_id;
	replay->record = (struct audit_record){
		.event = AUDIT_EVENT_CODE_REPLAYED,
		.actor = audit_actor_client(call->cx->arena, call->client->id),
		.target = str_printf(call->cx->arena, "family:%.*s",
			STR_ARG(id_text(call->cx->arena, code->family_id))),
	};
	ret->change = store_replay;
	ret->change_arg = replay;
	return grant_refuse(
		call->cx, "The code was used before: what came of it has been revoked.");
}

static enum err
store_mismatch(struct store *s, void *arg)
{
	const struct replay *mismatch = arg;

	return audit_write(s, mismatch->cx, &mismatch->record);
}

/* The code itself is left alone: its own client may still come. */
static enum err
refuse_other_client(
	const struct grant_call *call, const struct auth_code *code, struct grant_outcome *ret)
{
	struct replay *mismatch = arena_new(call->cx->arena, struct replay);

	mismatch->cx = call->cx;
	mismatch->record = (struct audit_record){
		.event = AUDIT_EVENT_CODE_MISMATCHED,
		.actor = audit_actor_client(call->cx->arena, call->client->id),
		.target = audit_actor_client(call->cx->arena, code->client_id),
	};
	ret->change = store_mismatch;
	ret->change_arg = mismatch;
	return grant_refuse(call->cx, "The code was issued to another client.");
}

static enum err
refuse_wrong(const struct grant_call *call, const struct auth_code *code, const char *why,
	struct grant_outcome *ret)
{
	struct auth_code *failed = arena_new(call->cx->arena, struct auth_code);

	*failed = *code;
	ret->change = store_failure;
	ret->change_arg = failed;
	return grant_refuse(call->cx, why);
}

static enum err
store_exchange(struct store *s, void *arg)
{
	const struct exchange_of_code *x = arg;
	enum err e;

	HOLDS(id_eq(x->issue.family.id, x->code.family_id));
	HOLDS(id_eq(x->issue.user.id, x->code.user_id));
	/* Of parallel uses, one finds the code issued; the others are run again
	 * and find it used: they may be the owner's, robbed this very moment. */
	e = auth_code_redeem(s, x->code.id, x->cx->now_ms);
	if (e)
		return e == ERR_NO_ROW ? ERR_RACE : e;
	return issue_store(s, &x->issue);
}

static enum err
redeem(const struct grant_call *call, const struct auth_code *code, struct grant_outcome *ret)
{
	struct exchange_of_code *x = arena_new(call->cx->arena, struct exchange_of_code);
	enum err e;

	x->cx = call->cx;
	x->code = *code;
	x->issue = (struct issue){
		.cx = call->cx,
		.client = call->client,
		.extra_claims = call->extra_claims,
		.grant = LABEL_GRANT_CODE,
		.scope = code->scope,
		.wants_refresh = true,
		.family =
			{
				.id = code->family_id,
				.kind = STR("code"),
				.session_id = code->session_id,
				.scope = code->scope,
				.resource = code->resource,
				.nonce = code->nonce,
				.auth_ms = code->auth_ms,
				.amr = code->amr,
				.client_epoch_ms = code->client_epoch_ms,
			},
	};
	if ((e = resource_narrow(call->cx, code->resource, call->resource, &x->issue.resource)) ||
		(e = issue_load_user(call->cx, code->user_id, &x->issue.user)) ||
		(e = issue_begin(&x->issue, ret)))
		return e == ERR_ACCESS_DENIED
			       ? grant_refuse(call->cx, "The user is gone, or disabled.")
			       : e;
	ret->change = store_exchange;
	ret->change_arg = x;
	return OK;
}

enum err
grant_auth_code_run(const struct grant_call *call, struct grant_outcome *ret)
{
	struct str verifier = form_get(call->form, "code_verifier");
	const char *why;
	struct auth_code code;
	enum err e;

	if ((e = find_code(call, &code)))
		return e;
	if (!id_eq(code.client_id, call->client->id))
		return refuse_other_client(call, &code, ret);
	why = fault_of_verifier(&code, verifier);
	if (str_is(code.state, "redeemed"))
		return why ? grant_refuse(call->cx, "The code was used before.")
			   : refuse_replay(call, &code, ret);
	if (fault_of_state(call, &code))
		return grant_refuse(call->cx, fault_of_state(call, &code));
	if (why || (why = fault_of_redirect(&code, form_get(call->form, "redirect_uri"))))
		return refuse_wrong(call, &code, why, ret);
	return redeem(call, &code, ret);
}
