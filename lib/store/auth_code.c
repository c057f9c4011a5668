/* Authorization codes: statements and rows. */
#include "lib/store/auth_code.h"

static void
read_auth_code(const struct row *row, struct arena *arena, void *into)
{
	struct auth_code *c = into;

	*c = (struct auth_code){
		.id = row_id(row, 0),
		.digest = row_digest(row, 1),
		.family_id = row_id(row, 2),
		.client_id = row_id(row, 3),
		.user_id = row_id(row, 4),
		.session_id = row_id(row, 5),
		.redirect_uri = row_text(row, 6, arena),
		.scope = row_text(row, 7, arena),
		.resource = row_text(row, 8, arena),
		.nonce = row_text(row, 9, arena),
		.code_challenge = row_text(row, 10, arena),
		.state = row_text(row, 11, arena),
		.failures = row_int(row, 12),
		.auth_ms = row_int(row, 13),
		.created_ms = row_int(row, 14),
		.expires_ms = row_int(row, 15),
		.client_epoch_ms = row_int(row, 16),
	};
}

enum err
auth_code_insert(struct store *s, const struct auth_code *c)
{
	return store_run(s, SQL_AUTH_CODE_INSERT,
		PARAMS(param_id(c->id), param_digest(&c->digest), param_id(c->family_id),
			param_id(c->client_id), param_id(c->user_id), param_id(c->session_id),
			param_text(c->redirect_uri), param_text(c->scope), param_text(c->resource),
			param_text(c->nonce), param_text(c->code_challenge), param_int(c->auth_ms),
			param_int(c->created_ms), param_int(c->expires_ms),
			param_int(c->client_epoch_ms)));
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
	return store_change_one(s, SQL_AUTH_CODE_REDEEM, PARAMS(param_id(id), param_int(now_ms)));
}

enum err
auth_code_fail(struct store *s, struct id id, int64_t max)
{
	return store_run(s, SQL_AUTH_CODE_FAIL, PARAMS(param_id(id), param_int(max)));
}

enum err
auth_code_burn_of_session(struct store *s, struct id user, struct id session)
{
	return store_run(
		s, SQL_AUTH_CODE_BURN_OF_SESSION, PARAMS(param_id(user), param_id(session)));
}

enum err
auth_code_purge(struct store *s, int64_t expired_before_ms, int64_t limit, int64_t *ret_deleted)
{
	return store_change_count(s, SQL_AUTH_CODE_PURGE,
		PARAMS(param_int(expired_before_ms), param_int(limit)), ret_deleted);
}
