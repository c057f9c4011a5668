/* Waiting logout tokens: statements and rows. */
#include "lib/store/logout_notice.h"

#include "lib/base/holds.h"

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
	HOLDS(now_ms > 0);
	return store_run(s, SQL_LOGOUT_NOTICE_MAKE, PARAMS(param_id(session), param_int(now_ms)));
}

enum err
logout_notice_make_others(struct store *s, struct id user, struct id kept, int64_t now_ms)
{
	HOLDS(!id_is_zero(user));
	HOLDS(now_ms > 0);
	return store_run(s, SQL_LOGOUT_NOTICE_MAKE_OTHERS,
		PARAMS(param_id(user), param_id(kept), param_int(now_ms)));
}

static void
read_due_client(const struct row *row, struct arena *arena, void *into)
{
	(void)arena;
	*(struct logout_due_client *)into = (struct logout_due_client){
		.id = row_id(row, COL_LOGOUT_DUE_CLIENT_CLIENT_ID),
		.is_stranger = row_int(row, COL_LOGOUT_DUE_CLIENT_IS_STRANGER) != 0,
	};
}

static enum err
found_one(const struct row *row, void *found)
{
	(void)row;
	*(bool *)found = true;
	return OK;
}

enum err
logout_notice_is_due(struct store *s, int64_t now_ms)
{
	bool found = false;
	enum err e = store_each(
		s, SQL_LOGOUT_NOTICE_IS_DUE, PARAMS(param_int(now_ms)), found_one, &found);

	return e || found ? e : ERR_NO_ROW;
}

enum err
logout_notice_due_clients(
	struct store *s, int64_t now_ms, struct logout_due_client *ret, size_t *ret_count)
{
	return store_rows(s, SQL_LOGOUT_NOTICE_DUE_CLIENTS,
		PARAMS(param_int(now_ms), param_int(LOGOUT_DUE_CLIENTS_MAX)), read_due_client, NULL,
		(struct store_list){ret, sizeof *ret, LOGOUT_DUE_CLIENTS_MAX}, ret_count);
}

enum err
logout_notice_due_of_client(struct store *s, struct arena *arena, struct id client, int64_t now_ms,
	size_t limit, struct logout_notice *ret, size_t *ret_count)
{
	return store_rows(s, SQL_LOGOUT_NOTICE_DUE_OF_CLIENT,
		PARAMS(param_id(client), param_int(now_ms), param_int((int64_t)limit)),
		read_logout_notice, arena, (struct store_list){ret, sizeof *ret, limit}, ret_count);
}

enum err
logout_notice_postpone(struct store *s, struct id id, int64_t due_ms)
{
	HOLDS(!id_is_zero(id));
	HOLDS(due_ms > 0);
	return store_run(s, SQL_LOGOUT_NOTICE_POSTPONE, PARAMS(param_id(id), param_int(due_ms)));
}

enum err
logout_notice_delete(struct store *s, struct id id)
{
	HOLDS(!id_is_zero(id));
	return store_run(s, SQL_LOGOUT_NOTICE_DELETE, PARAMS(param_id(id)));
}

enum err
logout_notice_postpone_client(
	struct store *s, struct id client, int64_t now_ms, int64_t due_ms, int64_t attempts_max)
{
	HOLDS(due_ms >= now_ms);
	HOLDS(attempts_max >= 0);
	return store_run(s, SQL_LOGOUT_NOTICE_POSTPONE_CLIENT,
		PARAMS(param_id(client), param_int(now_ms), param_int(due_ms),
			param_int(attempts_max)));
}

enum err
logout_notice_expire_client(struct store *s, struct id client, int64_t created_before_ms)
{
	HOLDS(!id_is_zero(client));
	return store_run(s, SQL_LOGOUT_NOTICE_EXPIRE_CLIENT,
		PARAMS(param_id(client), param_int(created_before_ms)));
}
