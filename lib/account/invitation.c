/* Making and taking invitations. */
#include "lib/account/invitation.h"

#include "lib/account/passphrase.h"
#include "lib/account/password_change.h"
#include "lib/audit/audit.h"
#include "lib/base/clock.h"
#include "lib/base/holds.h"
#include "lib/config/config.h"
#include "lib/crypto/credential.h"

enum err
invitation_offer_prepare(
	struct context *cx, struct id user, int64_t life_ms, struct invitation_offer *ret)
{
	struct str text, base = cx->config->base_url;
	struct credential credential;
	enum err e = credential_renew(cx->arena, user, &credential, &text);

	HOLDS(life_ms >= 0 && life_ms <= INVITATION_MAX_S * (int64_t)MS_PER_S);
	if (e)
		return e;
	if (base.n && base.p[base.n - 1] == '/')
		base.n--;
	*ret = (struct invitation_offer){
		.cx = cx,
		.invitation = {user, credential.digest, cx->now_ms,
			cx->now_ms + (life_ms ? life_ms : INVITATION_S * (int64_t)MS_PER_S)},
		.link = str_printf(
			cx->arena, "%.*s/invitation?token=%.*s", STR_ARG(base), STR_ARG(text)),
	};
	return OK;
}

static enum err
note(struct store *s, const struct context *cx, enum audit_event event, struct str actor,
	struct id user)
{
	struct audit_record record = {
		.event = event,
		.actor = actor,
		.target = str_printf(cx->arena, "user:%.*s", STR_ARG(id_text(cx->arena, user))),
	};

	return audit_write(s, cx, &record);
}

enum err
invitation_offer_put(struct store *s, const struct invitation_offer *o)
{
	enum err e = invitation_put(s, &o->invitation);

	return e ? e
		 : note(s, o->cx, AUDIT_EVENT_USER_INVITED, o->cx->actor, o->invitation.user_id);
}

enum err
invitation_offer_store(struct store *s, void *arg)
{
	const struct invitation_offer *o = arg;
	struct user user;
	enum err e = user_by_id(s, o->cx->arena, o->invitation.user_id, &user);

	if (e)
		return e == ERR_NO_ROW ? ERR_NOT_FOUND : e;
	return user.password_hash.n ? ERR_INVITATION_NEEDLESS : invitation_offer_put(s, o);
}

/* ---- taking ---- */

static enum err
gone(enum err e)
{
	return e == ERR_NO_ROW || e == ERR_MALFORMED ? ERR_INVITATION_GONE : e;
}

enum err
invitation_read(struct context *cx, struct str token, struct invitation_answer *ret)
{
	struct invitation_answer a = {.cx = cx};
	struct credential credential;
	enum err e;

	if ((e = credential_parse(token, &credential)) ||
		(e = invitation_of_user(cx->store, credential.id, &a.invitation)) ||
		(e = user_by_id(cx->store, cx->arena, credential.id, &a.user)))
		return gone(e);
	if (!digest_eq(a.invitation.digest, credential.digest) ||
		a.invitation.expires_ms <= cx->now_ms || a.user.disabled_ms ||
		a.user.password_hash.n)
		return ERR_INVITATION_GONE;
	*ret = a;
	return OK;
}

enum err
invitation_answer_check(struct invitation_answer *a)
{
	struct str wanted = passphrase_form(a->cx->arena, a->wanted);
	struct str repeated = passphrase_form(a->cx->arena, a->repeated);
	enum err e = password_judge(a->cx->arena, a->user.username, wanted, repeated);

	return e ? e : passphrase_hash(a->cx->arena, wanted, &a->hash);
}

enum err
invitation_answer_store(struct store *s, void *arg)
{
	const struct invitation_answer *a = arg;
	int64_t now_ms = a->cx->now_ms;
	enum err e;

	HOLDS(a->hash.n > 0);
	if ((e = invitation_take(s, &a->invitation, now_ms)) ||
		(e = invitation_set_password_hash(s, a->user.id, a->hash, now_ms)))
		return gone(e);
	return note(s, a->cx, AUDIT_EVENT_INVITATION_ACCEPTED,
		audit_actor_user(a->cx->arena, a->user.username), a->user.id);
}
