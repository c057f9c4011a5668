/* Taking access away. */
#include "lib/account/access.h"

#include "lib/audit/audit.h"
#include "lib/metrics/tally.h"
#include "lib/store/authorization.h"
#include "lib/store/consent.h"
#include "lib/store/logout_notice.h"
#include "lib/store/revocation.h"
#include "lib/store/session.h"
#include "lib/store/token.h"

static enum err
note(struct store *s, const struct access_change *c, enum audit_event event, const char *kind)
{
	struct arena *arena = c->cx->arena;
	struct str self = audit_actor_user(arena, c->user->username);
	struct audit_record record = {
		.event = event,
		.actor = c->cx->actor.n ? c->cx->actor : self,
		.target = self,
	};

	if (kind)
		record.target = str_printf(arena, "%s:%.*s", kind, STR_ARG(id_text(arena, c->id)));
	return audit_write(s, c->cx, &record);
}

static enum err
note_session_end(struct store *s, const struct access_change *c)
{
	enum err e = logout_notice_make(s, c->id, c->cx->now_ms);

	return e ? e : note(s, c, AUDIT_EVENT_SESSION_REVOKED, "session");
}

enum err
access_revoke(struct store *s, void *arg)
{
	const struct access_change *c = arg;
	enum err e = session_delete_one_of_user(s, c->id, c->user->id);

	if (!e)
		return note_session_end(s, c);
	if (e != ERR_NO_ROW)
		return e;
	if ((e = family_revoke_of_user(s, c->id, c->user->id, c->cx->now_ms)))
		return e == ERR_NO_ROW ? ERR_NOT_FOUND : e;
	return note(s, c, AUDIT_EVENT_TOKEN_REVOKED, "family");
}

enum err
access_disable(struct store *s, void *arg)
{
	const struct access_change *c = arg;
	enum err e = family_disable_of_user(s, c->id, c->user->id, c->cx->now_ms);

	if (e)
		return e == ERR_NO_ROW ? ERR_NOT_FOUND : e;
	return note(s, c, AUDIT_EVENT_TOKEN_DISABLED, "family");
}

enum err
access_enable(struct store *s, void *arg)
{
	const struct access_change *c = arg;
	enum err e = family_enable_of_user(s, c->id, c->user->id);

	if (e)
		return e == ERR_NO_ROW ? ERR_NOT_FOUND : e;
	return note(s, c, AUDIT_EVENT_TOKEN_ENABLED, "family");
}

enum err
access_end_other_sessions(struct store *s, const struct context *cx, struct id user, struct id kept)
{
	int64_t ended = 0;
	enum err e = logout_notice_make_others(s, user, kept, cx->now_ms);

	if (e || (e = session_delete_others_of_user(s, user, kept, &ended)))
		return e;
	tally_kept(cx->tally, METRIC_SESSIONS_ENDED, LABEL_ENDED_REVOKED, ended);
	return OK;
}

enum err
access_end_tokens(struct store *s, struct id user, int64_t now_ms)
{
	const struct id every_client = {{0}};
	int64_t codes;
	enum err e = revocation_of_codes(s, user, every_client, &codes);

	return e ? e : revocation_of_user(s, user, now_ms);
}

enum err
access_revoke_all(struct store *s, void *arg)
{
	const struct access_change *c = arg;
	int64_t now_ms = c->cx->now_ms;
	enum err e;

	if ((e = access_end_other_sessions(s, c->cx, c->user->id, c->session_id)) ||
		(e = access_end_tokens(s, c->user->id, now_ms)))
		return e;
	return note(s, c, AUDIT_EVENT_ALL_REVOKED, NULL);
}

/* Codes, families and consent, each forgotten or marked; whether there was any. */
static enum err
take_from_client(struct store *s, const struct access_change *c, bool *ret_had_any)
{
	bool is_living = false;
	int64_t codes = 0;
	enum err e, forgotten;

	if ((e = revocation_of_codes(s, c->user->id, c->id, &codes)))
		return e;
	if ((e = authorization_is_living(s, c->user->id, c->id, &is_living)))
		return e;
	forgotten = consent_delete(s, c->user->id, c->id);
	if (forgotten && forgotten != ERR_NO_ROW)
		return forgotten;
	*ret_had_any = codes || is_living || !forgotten;
	return OK;
}

enum err
access_revoke_client(struct store *s, void *arg)
{
	const struct access_change *c = arg;
	bool had_any = false;
	enum err e;

	if ((e = take_from_client(s, c, &had_any)))
		return e;
	if (!had_any)
		return ERR_NOT_FOUND;
	if ((e = revocation_of_client(s, c->user->id, c->id, c->cx->now_ms)))
		return e;
	return note(s, c, AUDIT_EVENT_CONSENT_REVOKED, "client");
}
