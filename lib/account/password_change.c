/* Replacing one's own password. */
#include "lib/account/password_change.h"

#include "lib/account/access.h"
#include "lib/account/passphrase.h"
#include "lib/account/user.h"
#include "lib/audit/audit.h"
#include "lib/base/holds.h"

/* What a person would count: the bytes that continue a character do not. */
static size_t
characters(struct str s)
{
	size_t count = 0;

	for (size_t i = 0; i < s.n; i++)
		count += ((unsigned char)s.p[i] & 0xc0) != 0x80;
	return count;
}

static bool
is_username(struct arena *arena, struct str username, struct str wanted)
{
	struct str canonical;

	return !username_canonical(arena, wanted, &canonical) && str_eq(canonical, username);
}

enum err
password_judge(struct arena *arena, struct str username, struct str wanted, struct str repeated)
{
	if (characters(wanted) < PASSWORD_MIN)
		return ERR_PASSWORD_SHORT;
	if (wanted.n > PASSWORD_MAX)
		return ERR_PASSWORD_LONG;
	if (!str_eq(wanted, repeated))
		return ERR_PASSWORDS_DIFFER;
	return is_username(arena, username, wanted) ? ERR_PASSWORD_IS_NAME : OK;
}

static enum err
judge_new(const struct password_change *c)
{
	struct arena *arena = c->cx->arena;
	enum err e = password_judge(arena, c->user->username, c->wanted, c->repeated);

	if (!e && str_eq(c->wanted, passphrase_form(arena, c->current)))
		return ERR_PASSWORD_SAME;
	return e;
}

enum err
password_change_check(struct password_change *c)
{
	bool stale;
	enum err e;

	_Static_assert(PASSWORD_MIN == 8, "the sentence of ERR_PASSWORD_SHORT says 8");
	c->wanted = passphrase_form(c->cx->arena, c->wanted);
	c->repeated = passphrase_form(c->cx->arena, c->repeated);
	if ((e = judge_new(c)))
		return e;
	if ((e = passphrase_verify(c->cx->arena, c->user->password_hash, c->current, &stale)))
		return e;
	return passphrase_hash(c->cx->arena, c->wanted, &c->new_hash);
}

static enum err
note(struct store *s, const struct password_change *c, enum audit_event event, struct str detail)
{
	struct str self = audit_actor_user(c->cx->arena, c->user->username);
	struct audit_record record = {
		.event = event,
		.actor = self,
		.target = self,
		.detail = detail,
	};

	return audit_write(s, c->cx, &record);
}

/* Whoever knows the old secret of this browser's session is signed out too. */
enum err
password_change_store(struct store *s, void *arg)
{
	const struct password_change *c = arg;
	struct access_end end = {
		.cx = c->cx,
		.user = c->user->id,
		.kept_session = c->session.id,
		.keeps_tokens = !c->end_access,
	};
	enum err e;

	HOLDS(c->new_hash.n > 0);
	HOLDS(id_eq(c->session.user_id, c->user->id));
	e = user_change_password_hash(
		s, c->user->id, c->user->password_hash, c->new_hash, c->cx->now_ms);
	if (!e)
		e = session_renew(s, &c->session);
	if (e)
		return e == ERR_NO_ROW ? ERR_ACCOUNT_CHANGED : e;
	if ((e = access_end(s, &end)))
		return e;
	return note(s, c, AUDIT_EVENT_PASSWORD_CHANGED,
		c->end_access ? STR("tokens=revoked") : STR_NONE);
}

enum err
password_change_refused(struct store *s, void *arg)
{
	return note(s, arg, AUDIT_EVENT_PASSWORD_REFUSED, STR_NONE);
}
