/* Authorization codes: statements and rows. */
#include "lib/store/auth_code.h"

#include "lib/base/holds.h"

static void
read_auth_code(const struct row *row, struct arena *arena, void *into)
{
	struct auth_code *c = into;

	*c = (struct auth_code){
		.id = row_id(row, COL_AUTH_CODE_ID),
		.digest = row_digest(row, COL_AUTH_CODE_DIGEST),
		.family_id = row_id(row, COL_AUTH_CODE_FAMILY_ID),
		.client_id = row_id(row, COL_AUTH_CODE_CLIENT_ID),
		.user_id = row_id(row, COL_AUTH_CODE_USER_ID),
		.session_id = row_id(row, COL_AUTH_CODE_SESSION_ID),
		.redirect_uri = row_text(row, COL_AUTH_CODE_REDIRECT_URI, arena),
		.scope = row_text(row, COL_AUTH_CODE_SCOPE, arena),
		.resource = row_text(row, COL_AUTH_CODE_RESOURCE, arena),
		.nonce = row_text(row, COL_AUTH_CODE_NONCE, arena),
		.code_challenge = row_text(row, COL_AUTH_CODE_CODE_CHALLENGE, arena),
		.state = row_text(row, COL_AUTH_CODE_STATE, arena),
		.failures = row_int(row, COL_AUTH_CODE_FAILURES),
		.auth_ms = row_int(row, COL_AUTH_CODE_AUTH_MS),
		.amr = row_text(row, COL_AUTH_CODE_AMR, arena),
		.created_ms = row_int(row, COL_AUTH_CODE_CREATED_MS),
		.expires_ms = row_int(row, COL_AUTH_CODE_EXPIRES_MS),
		.client_epoch_ms = row_int(row, COL_AUTH_CODE_CLIENT_EPOCH_MS),
	};
	HOLDS(str_is(c->state, "issued") || str_is(c->state, "redeemed") ||
		str_is(c->state, "burnt"));
	HOLDS(!id_is_zero(c->family_id) && !id_is_zero(c->session_id));
}

enum err
auth_code_insert(struct store *s, const struct auth_code *c)
{
	HOLDS(!id_is_zero(c->id));
	HOLDS(!id_is_zero(c->family_id));
	HOLDS(!id_is_zero(c->user_id));
	HOLDS(!id_is_zero(c->session_id));
	HOLDS(!c->failures);
	HOLDS(c->expires_ms > c->created_ms);
	return store_run(s, SQL_AUTH_CODE_INSERT,
		PARAMS(param_id(c->id), param_digest(&c->digest), param_id(c->family_id),
			param_id(c->client_id), param_id(c->user_id), param_id(c->session_id),
			param_text(c->redirect_uri), param_text(c->scope), param_text(c->resource),
			param_text(c->nonce), param_text(c->code_challenge), param_int(c->auth_ms),
			param_int(c->created_ms), param_int(c->expires_ms),
			param_int(c->client_epoch_ms), param_text(c->amr)));
}

void
auth_code_by_id_ahead(struct store *s, struct id id)
{
	store_read_ahead(s, SQL_AUTH_CODE_BY_ID, id);
}

enum err
auth_code_by_id(struct store *s, struct arena *arena, struct id id, struct auth_code *ret)
{
	return store_one(s, SQL_AUTH_CODE_BY_ID, PARAMS(param_id(id)), read_auth_code, arena, ret);
}

enum err
auth_code_redeem(struct store *s, struct id id, int64_t now_ms)
{
	HOLDS(!id_is_zero(id));
	HOLDS(now_ms > 0);
	return store_change_one(s, SQL_AUTH_CODE_REDEEM, PARAMS(param_id(id), param_int(now_ms)));
}

enum err
auth_code_replace(struct store *s, struct id id, const struct auth_code *by)
{
	HOLDS(!id_is_zero(by->id));
	HOLDS(by->expires_ms > by->created_ms);
	return store_change_one(s, SQL_AUTH_CODE_REPLACE,
		PARAMS(param_id(id), param_id(by->id), param_digest(&by->digest),
			param_int(by->created_ms), param_int(by->expires_ms),
			param_int(by->client_epoch_ms)));
}

enum err
auth_code_fail(struct store *s, struct id id, int64_t max)
{
	HOLDS(!id_is_zero(id));
	HOLDS(max > 0);
	return store_run(s, SQL_AUTH_CODE_FAIL, PARAMS(param_id(id), param_int(max)));
}

enum err
auth_code_burn_of_session(struct store *s, struct id user, struct id session)
{
	HOLDS(!id_is_zero(user));
	return store_run(
		s, SQL_AUTH_CODE_BURN_OF_SESSION, PARAMS(param_id(user), param_id(session)));
}

enum err
auth_code_purge(struct store *s, int64_t expired_before_ms, int64_t limit, int64_t *ret_deleted)
{
	HOLDS(limit > 0);
	return store_change_count(s, SQL_AUTH_CODE_PURGE,
		PARAMS(param_int(expired_before_ms), param_int(limit)), ret_deleted);
}
