/* The steps of signing in, and what they write. */
#include "lib/signin/signin.h"

#include "lib/account/sessions.h"
#include "lib/account/user_admin.h"
#include "lib/audit/audit.h"
#include "lib/base/clock.h"
#include "lib/base/holds.h"
#include "lib/base/log.h"
#include "lib/signin/dialect.h"
#include "lib/signin/groups.h"

#include <assert.h>

static bool
is_unknown(const struct signin *in)
{
	return in->ground == SIGNIN_BY_NOTHING;
}

static bool
is_nameless(const struct signin *in)
{
	return !in->user.username.n;
}

static bool
waits_for_approval(const struct signin *in)
{
	return in->ground == SIGNIN_AS_NEW && in->user.disabled_ms;
}

static const struct {
	enum signin_step step;
	bool (*is_due)(const struct signin *);
} steps[] = {
	{SIGNIN_WHO, is_unknown},
	{SIGNIN_NAME, is_nameless},
	{SIGNIN_APPROVAL, waits_for_approval},
};

void
signin_init(struct signin *in, struct context *cx, const struct provider *provider)
{
	*in = (struct signin){.cx = cx, .provider = provider};
}

void
signin_init_with(struct signin *in, struct context *cx, struct upstreams *upstreams,
	const struct config_provider *with)
{
	signin_init(in, cx, provider_find(with->type));
	in->call = (struct upstream_call){
		.cx = cx,
		.upstreams = upstreams,
		.provider = with,
		.timeout_ms = cx->config->oauth_timeout_s * MS_PER_S,
		.insecure = cx->config->oauth_insecure,
	};
	in->detour.provider = with->name;
}

enum signin_step
signin_next(const struct signin *in)
{
	for (size_t i = 0; i < countof(steps); i++)
		if (steps[i].is_due(in))
			return steps[i].step;
	return SIGNIN_DONE;
}

enum err
signin_finish(struct signin *in)
{
	enum err e = in->provider->finish(in);

	if (!e && in->assertion.subject.n)
		e = signin_find_account(in);
	else if (!e)
		in->ground = SIGNIN_BY_PASSWORD;
	if (e)
		in->ground = SIGNIN_BY_NOTHING;
	assert(e || !id_is_zero(in->user.id) || !id_is_zero(in->detour.link_user));
	return e;
}

/* ---- what is written ---- */

static enum err
note(struct store *s, const struct signin *in, enum audit_event event)
{
	struct str self = audit_actor_user(in->cx->arena, in->user.username);
	struct audit_record record = {.event = event, .actor = self, .target = self};

	if (in->assertion.subject.n)
		record.detail = str_printf(in->cx->arena, "provider=%.*s identity=%.*s",
			STR_ARG(in->call.provider->name),
			STR_ARG(id_text(in->cx->arena, in->identity.id)));
	return audit_write(s, in->cx, &record);
}

/* The password was proven before the transaction: a change of it since then must
 * neither be signed in past nor overwritten. */
static enum err
still_proven(struct store *s, const struct signin *in)
{
	const struct user *user = &in->user;
	enum err e = user_check_password_hash(s, user->id, user->password_hash);

	if (!e && in->better_hash.n)
		e = user_set_password_hash(s, user->id, in->better_hash, in->cx->now_ms);
	return e == ERR_NO_ROW ? ERR_RACE : e;
}

/* What another server said cannot be asked for again, so no ERR_RACE from here on. */
static enum err
still_linked(struct store *s, const struct signin *in)
{
	enum err e = identity_use(s, &in->identity);

	return e == ERR_NO_ROW ? ERR_ACCOUNT_DISABLED : e;
}

static enum err
link_identity(struct store *s, const struct signin *in)
{
	enum err e = identity_insert(s, &in->identity);

	if (e)
		return e == ERR_ROW_EXISTS ? ERR_IDENTITY_TAKEN : e;
	return note(s, in, AUDIT_EVENT_IDENTITY_LINKED);
}

static enum err
link_by_email(struct store *s, const struct signin *in)
{
	enum err e = user_hold(s, in->user.id, in->user.updated_ms);

	return e ? (e == ERR_NO_ROW ? ERR_EMAIL_TAKEN : e) : link_identity(s, in);
}

static enum err
make_account(struct store *s, const struct signin *in)
{
	enum err e = user_insert(s, &in->user);

	if (e)
		return e == ERR_ROW_EXISTS ? ERR_USERNAME_TAKEN : e;
	if ((e = note(s, in, AUDIT_EVENT_USER_CREATED)))
		return e;
	return link_identity(s, in);
}

static enum err
store_ground(struct store *s, const struct signin *in)
{
	switch (in->ground) {
	case SIGNIN_BY_NOTHING: break;
	case SIGNIN_BY_PASSWORD: return still_proven(s, in);
	case SIGNIN_BY_IDENTITY: return still_linked(s, in);
	case SIGNIN_BY_EMAIL: return link_by_email(s, in);
	case SIGNIN_AS_NEW: return make_account(s, in);
	}
	return ERR_INTERNAL;
}

/* The role that the provider's table gives, or takes away; but the last active admin stays one,
 * or nobody could mend the table. */
static enum err
store_role(struct store *s, const struct signin *in, struct str role)
{
	struct context as_provider = *in->cx;
	struct user_change change = {
		.cx = &as_provider,
		.id = in->user.id,
		.kind = str_is(role, "admin") ? USER_PROMOTE : USER_DEMOTE,
	};
	int64_t admins;
	enum err e;

	as_provider.actor =
		str_printf(in->cx->arena, "provider:%.*s", STR_ARG(in->call.provider->name));
	if ((e = user_hold_admins(s)) || (e = user_count_active_admins(s, &admins)))
		return e;
	if (change.kind == USER_DEMOTE && admins < 2) {
		log_warning("the last active admin keeps the role that a provider takes away",
			log_str("provider", in->call.provider->name),
			log_str("request_id", in->cx->request_id));
		return OK;
	}
	return user_change_store(s, &change);
}

static enum err
store_verifier(struct store *s, const struct signin *in)
{
	if (!in->verifier_hash.n)
		return OK;
	return identity_set_verifier(s, in->identity.id, in->verifier_hash, in->cx->now_ms);
}

static enum err
store_membership(struct store *s, const struct signin *in)
{
	struct str role;
	enum err e;

	if (!in->assertion.subject.n)
		return OK;
	e = groups_store(s, in->call.provider, &in->assertion, in->identity.id, in->user.id);
	role = groups_role(in->call.provider, &in->assertion);
	if (e || !role.n || str_eq(role, in->user.role))
		return e;
	return store_role(s, in, role);
}

/* Nobody could end it later: its secret goes with the cookie that is replaced. */
static enum err
end_replaced(struct store *s, const struct signin *in)
{
	enum err e;

	if (!in->replaced)
		return OK;
	e = sessions_end(s, in->cx, in->replaced->user_id, in->replaced->id);
	return e == ERR_NO_ROW ? OK : e;
}

/* Where to sign out as well. */
static enum err
store_way_out(struct store *s, const struct signin *in)
{
	if (!in->assertion.subject.n || !in->call.provider->sign_out)
		return OK;
	return identity_begin_session(s, in->session.id, in->identity.id);
}

/* What another server dates of the last minute is now. */
static void
say_how(struct signin *in)
{
	const struct assertion *a = &in->assertion;
	struct session *session = &in->session;
	bool is_local = !a->subject.n || !dialect_find(in->call.provider->type);

	if (is_local)
		session->amr = STR(AMR_PASSWORD);
	else
		session->amr = a->amr.n ? a->amr : STR(AMR_FEDERATED);
	if (a->auth_ms && a->auth_ms + SIGNIN_CLOCKS_DIFFER_MS < session->created_ms)
		session->auth_ms = a->auth_ms;
}

enum err
signin_store(struct store *s, void *arg)
{
	struct signin *in = arg;
	enum err e;

	assert(signin_next(in) >= SIGNIN_APPROVAL);
	if ((e = store_ground(s, in)) || (e = store_membership(s, in)) ||
		(e = store_verifier(s, in)) || signin_next(in) == SIGNIN_APPROVAL)
		return e;
	say_how(in);
	if ((e = end_replaced(s, in)) || (e = session_insert(s, &in->session)) ||
		(e = user_signed_in(s, in->user.id, in->session.created_ms)) ||
		(e = store_way_out(s, in)))
		return e;
	return note(s, in, AUDIT_EVENT_LOGIN);
}

/* An identity that is theirs already is no reason to refuse. */
enum err
signin_link_store(struct store *s, void *arg)
{
	struct signin *in = arg;
	struct identity other;
	enum err e = identity_find(
		s, in->cx->arena, in->call.provider->name, in->assertion.subject, &other);

	if (!e)
		return id_eq(other.user_id, in->user.id) ? OK : ERR_IDENTITY_TAKEN;
	if (e != ERR_NO_ROW)
		return e;
	in->identity.user_id = in->user.id;
	if ((e = link_identity(s, in)))
		return e;
	return groups_store(s, in->call.provider, &in->assertion, in->identity.id, in->user.id);
}

enum err
signin_unlink_store(struct store *s, void *arg)
{
	const struct signin_unlink *u = arg;
	struct str self = audit_actor_user(u->cx->arena, u->user->username);
	struct identity list[IDENTITIES_OF_USER_MAX];
	size_t count = 0, at = 0;
	struct audit_record record = {
		.event = AUDIT_EVENT_IDENTITY_UNLINKED,
		.actor = u->cx->actor.n ? u->cx->actor : self,
		.target = self,
	};
	enum err e;

	HOLDS(!id_is_zero(u->id));
	if ((e = identity_of_user(s, u->cx->arena, u->user->id, list, &count)))
		return e;
	while (at < count && !id_eq(list[at].id, u->id))
		at++;
	if (at == count)
		return ERR_NOT_FOUND;
	if ((e = identity_delete_of_user(s, u->id, u->user->id)))
		return e == ERR_NO_ROW ? ERR_LAST_WAY_IN : e;
	record.detail = str_printf(u->cx->arena, "provider=%.*s identity=%.*s",
		STR_ARG(list[at].provider), STR_ARG(id_text(u->cx->arena, u->id)));
	return audit_write(s, u->cx, &record);
}

enum err
signin_refusal_store(struct store *s, void *arg)
{
	const struct signin_refusal *r = arg;
	struct audit_record record = {
		.event = AUDIT_EVENT_LOGIN_FAILED,
		.actor = AUDIT_ANONYMOUS,
		.target = r->target,
		.detail = str_printf(r->cx->arena, "reason=%s", err_name(r->why)),
	};
	enum err e = OK;

	HOLDS(r->why);
	if (!id_is_zero(r->stale_verifier) && (e = identity_drop_verifier(s, r->stale_verifier)))
		return e;
	if (r->provider.n)
		record.detail = str_printf(r->cx->arena, "reason=%s provider=%.*s why=%.*s",
			err_name(r->why), STR_ARG(r->provider), STR_ARG(r->detail));
	return audit_write(s, r->cx, &record);
}
