/* Waiting logout tokens: statements and rows. */
#include "lib/store/logout_notice.h"

static void
read_logout_notice(const struct row *row, struct arena *arena, void *into)
{
	*(struct logout_notice *)into = (struct logout_notice){
		.id = row_id(row, COL_LOGOUT_NOTICE_ID),
		.client_id = row_id(row, COL_LOGOUT_NOTICE_CLIENT_ID),
		.user_id = row_id(row, COL_LOGOUT_NOTICE_USER_ID),
		.session_id = row_id(row, COL_LOGOUT_NOTICE_SESSION_ID),
		.attempts = row_int(row, COL_LOGOUT_NOTICE_ATTEMPTS),
		.due_ms = row_int(row, COL_LOGOUT_NOTICE_DUE_MS),
		.uri = row_text(row, COL_LOGOUT_NOTICE_BACKCHANNEL_LOGOUT_URI, arena),
		.id_token_alg = row_text(row, COL_LOGOUT_NOTICE_ID_TOKEN_ALG, arena),
	};
}

enum err
logout_notice_make(struct store *s, struct id session, int64_t now_ms)
{
	return store_run(s, SQL_LOGOUT_NOTICE_MAKE, PARAMS(param_id(session), param_int(now_ms)));
}

enum err
logout_notice_make_others(struct store *s, struct id user, struct id kept, int64_t now_ms)
{
	return store_run(s, SQL_LOGOUT_NOTICE_MAKE_OTHERS,
		PARAMS(param_id(user), param_id(kept), param_int(now_ms)));
}

enum err
logout_notice_due(struct store *s, struct arena *arena, int64_t now_ms, struct logout_notice *ret)
{
	return store_one(s, SQL_LOGOUT_NOTICE_DUE, PARAMS(param_int(now_ms)), read_logout_notice,
		arena, ret);
}

enum err
logout_notice_postpone(struct store *s, struct id id, int64_t due_ms)
{
	return store_run(s, SQL_LOGOUT_NOTICE_POSTPONE, PARAMS(param_id(id), param_int(due_ms)));
}

enum err
logout_notice_delete(struct store *s, struct id id)
{
	return store_run(s, SQL_LOGOUT_NOTICE_DELETE, PARAMS(param_id(id)));
}
