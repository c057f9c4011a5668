/* Taking back, by operators. */
#include "lib/oauth/takeback.h"

#include "lib/account/access.h"
#include "lib/account/sessions.h"
#include "lib/audit/audit.h"
#include "lib/base/holds.h"
#include "lib/store/client.h"
#include "lib/store/live_token.h"
#include "lib/store/overview.h"
#include "lib/store/token.h"

/* The last step of each change; e is what the change itself came to. */
static enum err
note(struct store *s, const struct takeback *t, enum err e, enum audit_event event,
	const char *kind)
{
	struct arena *arena = t->cx->arena;
	struct audit_record record = {
		.event = event,
		.actor = t->cx->actor,
		.target = str_printf(arena, "%s:%.*s", kind, STR_ARG(id_text(arena, t->id))),
	};

	if (e)
		return e == ERR_NO_ROW ? ERR_NOT_FOUND : e;
	return audit_write(s, t->cx, &record);
}

enum err
takeback_token(struct store *s, void *arg)
{
	const struct takeback *t = arg;
	struct access_token token;
	enum err e = access_token_by_id(s, t->cx->arena, t->id, &token);

	HOLDS(t->cx->now_ms > 0);
	if (!e && token.revoked_ms)
		e = ERR_NO_ROW;
	if (!e)
		e = access_token_revoke(s, t->id, t->cx->now_ms);
	return note(s, t, e, AUDIT_EVENT_TOKEN_REVOKED, "token");
}

enum err
takeback_grant(struct store *s, void *arg)
{
	const struct takeback *t = arg;
	struct family family;
	enum err e = family_by_id(s, t->cx->arena, t->id, &family);

	HOLDS(t->cx->now_ms > 0);
	/* A client's own grant is its right to ask, which ends with the client. */
	if (!e && (family.revoked_ms || str_is(family.kind, "client")))
		e = ERR_NO_ROW;
	if (!e)
		e = family_revoke(s, t->id, t->cx->now_ms);
	return note(s, t, e, AUDIT_EVENT_TOKEN_REVOKED, "family");
}

enum err
takeback_disable(struct store *s, void *arg)
{
	const struct takeback *t = arg;
	enum err e = overview_set_grant_disabled(s, t->id, t->cx->now_ms);

	HOLDS(t->cx->now_ms > 0);
	return note(s, t, e, AUDIT_EVENT_TOKEN_DISABLED, "family");
}

enum err
takeback_enable(struct store *s, void *arg)
{
	const struct takeback *t = arg;
	enum err e = overview_set_grant_disabled(s, t->id, 0);

	HOLDS(t->cx->now_ms > 0);
	return note(s, t, e, AUDIT_EVENT_TOKEN_ENABLED, "family");
}

enum err
takeback_session(struct store *s, void *arg)
{
	const struct takeback *t = arg;
	struct session session;
	enum err e;

	HOLDS(t->cx->now_ms > 0);
	if (!(e = session_by_id(s, t->cx->arena, t->id, &session)))
		e = sessions_end(s, t->cx, session.user_id, t->id);
	return note(s, t, e, AUDIT_EVENT_SESSION_REVOKED, "session");
}

enum err
takeback_device(struct store *s, void *arg)
{
	const struct takeback *t = arg;
	enum err e = overview_deny_device(s, t->id, t->cx->now_ms);

	HOLDS(t->cx->now_ms > 0);
	return note(s, t, e, AUDIT_EVENT_DEVICE_CODE_DENIED, "device");
}

enum err
takeback_from_user(struct store *s, void *arg)
{
	const struct takeback *t = arg;
	struct access_end end = {.cx = t->cx, .user = t->id};

	HOLDS(t->cx->now_ms > 0);
	return note(s, t, access_end(s, &end), AUDIT_EVENT_ALL_REVOKED, "user");
}

enum err
takeback_from_client(struct store *s, void *arg)
{
	const struct takeback *t = arg;
	enum err e = client_begin_epoch(s, t->id, t->cx->now_ms);

	HOLDS(t->cx->now_ms > 0);
	return note(s, t, e, AUDIT_EVENT_ALL_REVOKED, "client");
}
