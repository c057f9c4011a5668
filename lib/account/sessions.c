/* The life and the end of sessions. */
#include "lib/account/sessions.h"

#include "lib/base/clock.h"
#include "lib/base/holds.h"
#include "lib/config/config.h"
#include "lib/metrics/tally.h"
#include "lib/store/auth_code.h"
#include "lib/store/logout_notice.h"
#include "lib/store/revocation.h"

bool
sessions_is_live(const struct context *cx, const struct session *session)
{
	int64_t idle_ms = cx->config->session_idle_timeout_s * MS_PER_S;

	if (session->expires_ms <= cx->now_ms)
		return false;
	return !idle_ms || session->seen_ms + idle_ms > cx->now_ms;
}

/* The row first: whoever is about to make a code from it has made it, or will not. */
enum err
sessions_end(struct store *s, const struct context *cx, struct id user, struct id session)
{
	enum err e;

	HOLDS(!id_is_zero(user));
	if ((e = session_delete_one_of_user(s, session, user)) ||
		(e = auth_code_burn_of_session(s, user, session)))
		return e;
	return logout_notice_make(s, session, cx->now_ms);
}

enum err
sessions_end_others(struct store *s, const struct context *cx, struct id user, struct id kept)
{
	const struct id every_client = {{0}};
	int64_t codes, ended = 0;
	enum err e;

	HOLDS(!id_is_zero(user));
	/* Held first, for the same reason; deleted last, because the notices need them. */
	if ((e = session_hold_others_of_user(s, user, kept)) ||
		(e = revocation_of_codes(s, user, every_client, &codes)) ||
		(e = logout_notice_make_others(s, user, kept, cx->now_ms)) ||
		(e = session_delete_others_of_user(s, user, kept, &ended)))
		return e;
	tally_kept(cx->tally, METRIC_SESSIONS_ENDED, LABEL_ENDED_REVOKED, ended);
	return OK;
}

enum err
sessions_touch(struct store *s, void *arg)
{
	const struct session *session = arg;
	enum err e = session_touch(s, session->id, session->seen_ms, session->expires_ms);

	HOLDS(session->seen_ms > 0);
	return e == ERR_NO_ROW ? OK : e;
}
