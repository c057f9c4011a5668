/* Waiting authorization requests: statements and rows. */
#include "lib/store/authorize_request.h"

#include "lib/base/holds.h"

static void
read_authorize_request(const struct row *row, struct arena *arena, void *into)
{
	struct authorize_request *r = into;

	*r = (struct authorize_request){
		.id = row_id(row, COL_AUTHORIZE_REQUEST_ID),
		.browser = row_digest(row, COL_AUTHORIZE_REQUEST_BROWSER),
		.client_id = row_id(row, COL_AUTHORIZE_REQUEST_CLIENT_ID),
		.params = row_text(row, COL_AUTHORIZE_REQUEST_PARAMS, arena),
		.login_after_ms = row_int(row, COL_AUTHORIZE_REQUEST_LOGIN_AFTER_MS),
		.created_ms = row_int(row, COL_AUTHORIZE_REQUEST_CREATED_MS),
		.expires_ms = row_int(row, COL_AUTHORIZE_REQUEST_EXPIRES_MS),
		.decision = row_text(row, COL_AUTHORIZE_REQUEST_DECISION, arena),
		.session_id = row_id(row, COL_AUTHORIZE_REQUEST_SESSION_ID),
		.code_id = row_id(row, COL_AUTHORIZE_REQUEST_CODE_ID),
	};
}

enum err
authorize_request_insert(struct store *s, const struct authorize_request *r)
{
	HOLDS(!id_is_zero(r->id));
	HOLDS(!id_is_zero(r->client_id));
	HOLDS(r->expires_ms > r->created_ms);
	return store_run(s, SQL_AUTHORIZE_REQUEST_INSERT,
		PARAMS(param_id(r->id), param_digest(&r->browser), param_id(r->client_id),
			param_text(r->params), param_int(r->login_after_ms),
			param_int(r->created_ms), param_int(r->expires_ms), param_text(r->network),
			param_text(r->region)));
}

enum err
authorize_request_by_id(
	struct store *s, struct arena *arena, struct id id, struct authorize_request *ret)
{
	return store_one(s, SQL_AUTHORIZE_REQUEST_BY_ID, PARAMS(param_id(id)),
		read_authorize_request, arena, ret);
}

enum err
authorize_request_decide(
	struct store *s, struct id id, struct str decision, struct id session, struct id code)
{
	HOLDS(!id_is_zero(id) && decision.n > 0);
	return store_change_one(s, SQL_AUTHORIZE_REQUEST_DECIDE,
		PARAMS(param_id(id), param_text(decision), param_id_or_null(session),
			param_id_or_null(code)));
}

enum err
authorize_request_hold(struct store *s, struct id id)
{
	HOLDS(!id_is_zero(id));
	return store_change_one(s, SQL_AUTHORIZE_REQUEST_HOLD, PARAMS(param_id(id)));
}

enum err
authorize_request_set_code(struct store *s, struct id id, struct id code)
{
	HOLDS(!id_is_zero(id) && !id_is_zero(code));
	return store_change_one(
		s, SQL_AUTHORIZE_REQUEST_SET_CODE, PARAMS(param_id(id), param_id(code)));
}

enum err
authorize_request_count(struct store *s, int64_t max, int64_t *ret)
{
	return store_count(s, SQL_AUTHORIZE_REQUEST_COUNT, PARAMS(param_int(max)), ret);
}

enum err
authorize_request_trim(struct store *s, int64_t rows, int64_t *ret_deleted)
{
	return store_change_count(
		s, SQL_AUTHORIZE_REQUEST_TRIM, PARAMS(param_int(rows)), ret_deleted);
}

enum err
authorize_request_purge(
	struct store *s, int64_t expired_before_ms, int64_t limit, int64_t *ret_deleted)
{
	HOLDS(limit > 0);
	return store_change_count(s, SQL_AUTHORIZE_REQUEST_PURGE,
		PARAMS(param_int(expired_before_ms), param_int(limit)), ret_deleted);
}
