/* The steps of signing in, and what they write. */
#include "lib/signin/signin.h"

#include "lib/audit/audit.h"

#include <assert.h>

static bool
is_unknown(const struct signin *in)
{
	return id_is_zero(in->user.id);
}

static const struct {
	enum signin_step step;
	bool (*is_due)(const struct signin *);
} steps[] = {
	{SIGNIN_WHO, is_unknown},
};

void
signin_init(struct signin *in, const struct context *cx, const struct provider *provider)
{
	*in = (struct signin){.cx = cx, .provider = provider};
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

	if (e)
		in->user = (struct user){0};
	assert(e || !is_unknown(in));
	return e;
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

enum err
signin_store(struct store *s, void *arg)
{
	const struct signin *in = arg;
	struct str self = audit_actor_user(in->cx->arena, in->user.username);
	struct audit_record record = {
		.event = AUDIT_EVENT_LOGIN,
		.actor = self,
		.target = self,
	};
	enum err e;

	assert(signin_next(in) == SIGNIN_DONE);
	if ((e = still_proven(s, in)))
		return e;
	if (!id_is_zero(in->replaced) && (e = session_delete(s, in->replaced)))
		return e;
	if ((e = session_insert(s, &in->session)))
		return e;
	return audit_write(s, in->cx, &record);
}

enum err
signin_refusal_store(struct store *s, void *arg)
{
	const struct signin_refusal *refusal = arg;
	struct audit_record record = {
		.event = AUDIT_EVENT_LOGIN_FAILED,
		.actor = AUDIT_ANONYMOUS,
		.target = refusal->target,
		.detail = str_printf(refusal->cx->arena, "reason=%s", err_name(refusal->why)),
	};

	return audit_write(s, refusal->cx, &record);
}
