/* Browser sessions: rows and statements. */
#include "lib/store/session.h"

#include "lib/base/holds.h"

static void
read_session(const struct row *row, struct arena *a, void *into)
{
	struct session *x = into;

	*x = (struct session){
		.id = row_id(row, COL_SESSION_ID),
		.digest = row_digest(row, COL_SESSION_DIGEST),
		.user_id = row_id(row, COL_SESSION_USER_ID),
		.review_id = row_id(row, COL_SESSION_REVIEW_ID),
		.ip = row_text(row, COL_SESSION_IP, a),
		.user_agent = row_text(row, COL_SESSION_USER_AGENT, a),
		.created_ms = row_int(row, COL_SESSION_CREATED_MS),
		.seen_ms = row_int(row, COL_SESSION_SEEN_MS),
		.expires_ms = row_int(row, COL_SESSION_EXPIRES_MS),
		.auth_ms = row_int(row, COL_SESSION_AUTH_MS),
		.amr = row_text(row, COL_SESSION_AMR, a),
		.previous_ms = row_int(row, COL_SESSION_PREVIOUS_MS),
	};
	if (!x->auth_ms)
		x->auth_ms = x->created_ms;
}

enum err
session_by_id(struct store *s, struct arena *a, struct id id, struct session *ret)
{
	return store_one(s, SQL_SESSION_BY_ID, PARAMS(param_id(id)), read_session, a, ret);
}

enum err
session_insert(struct store *s, const struct session *x)
{
	HOLDS(!id_is_zero(x->id));
	HOLDS(!id_is_zero(x->user_id));
	return store_run(s, SQL_SESSION_INSERT,
		PARAMS(param_id(x->id), param_digest(&x->digest), param_id(x->user_id),
			param_id_or_null(x->review_id), param_text(x->ip),
			param_text(x->user_agent), param_int(x->created_ms), param_int(x->seen_ms),
			param_int(x->expires_ms), param_ms_or_null(x->auth_ms),
			param_text(x->amr)));
}

enum err
session_touch(struct store *s, struct id id, int64_t seen_ms, int64_t expires_ms)
{
	HOLDS(!id_is_zero(id));
	HOLDS(seen_ms > 0);
	return store_change_one(s, SQL_SESSION_TOUCH,
		PARAMS(param_id(id), param_int(seen_ms), param_int(expires_ms)));
}

enum err
session_hold(struct store *s, struct id id, int64_t created_ms)
{
	HOLDS(!id_is_zero(id));
	HOLDS(created_ms > 0);
	return store_change_one(s, SQL_SESSION_HOLD, PARAMS(param_id(id), param_int(created_ms)));
}

enum err
session_hold_others_of_user(struct store *s, struct id user, struct id kept)
{
	HOLDS(!id_is_zero(user));
	return store_run(
		s, SQL_SESSION_HOLD_OTHERS_OF_USER, PARAMS(param_id(user), param_id(kept)));
}

enum err
session_set_review(struct store *s, struct id id, struct id device_code)
{
	HOLDS(!id_is_zero(id));
	return store_change_one(
		s, SQL_SESSION_SET_REVIEW, PARAMS(param_id(id), param_id_or_null(device_code)));
}

enum err
session_hold_review(struct store *s, struct id id, struct id device_code)
{
	HOLDS(!id_is_zero(id));
	HOLDS(!id_is_zero(device_code));
	return store_change_one(
		s, SQL_SESSION_HOLD_REVIEW, PARAMS(param_id(id), param_id(device_code)));
}

enum err
session_delete_of_user(struct store *s, struct id user)
{
	HOLDS(!id_is_zero(user));
	return store_run(s, SQL_SESSION_DELETE_OF_USER, PARAMS(param_id(user)));
}

enum err
session_delete_one_of_user(struct store *s, struct id id, struct id user)
{
	HOLDS(!id_is_zero(user));
	return store_change_one(
		s, SQL_SESSION_DELETE_ONE_OF_USER, PARAMS(param_id(id), param_id(user)));
}

enum err
session_delete_others_of_user(struct store *s, struct id user, struct id kept, int64_t *ret_deleted)
{
	HOLDS(!id_is_zero(user));
	return store_change_count(s, SQL_SESSION_DELETE_OTHERS_OF_USER,
		PARAMS(param_id(user), param_id(kept)), ret_deleted);
}

enum err
session_renew(struct store *s, const struct session *x)
{
	HOLDS(!id_is_zero(x->id));
	HOLDS(!id_is_zero(x->user_id));
	return store_change_one(s, SQL_SESSION_RENEW,
		PARAMS(param_id(x->id), param_id(x->user_id), param_digest(&x->digest),
			param_int(x->created_ms), param_int(x->expires_ms), param_text(x->amr)));
}

enum err
session_list_of_user(struct store *s, struct arena *a, const struct session_query *q,
	struct session *list, size_t limit, size_t *ret_count)
{
	return store_rows(s, SQL_SESSION_LIST_OF_USER,
		PARAMS(param_id(q->user), param_id(q->before), param_int(q->now_ms),
			param_int(q->seen_after_ms), param_int((int64_t)limit)),
		read_session, a, (struct store_list){list, sizeof *list, limit}, ret_count);
}

enum err
session_purge(struct store *s, int64_t now_ms, int64_t limit, int64_t *ret_deleted)
{
	HOLDS(limit > 0);
	return store_change_count(
		s, SQL_SESSION_PURGE, PARAMS(param_int(now_ms), param_int(limit)), ret_deleted);
}
