/* Tokens with their circumstances. */
#include "lib/store/live_token.h"

#include "lib/base/holds.h"

static void
read_live_token(const struct row *row, struct arena *arena, void *into)
{
	struct live_token *t = into;

	*t = (struct live_token){
		.id = row_id(row, COL_LIVE_TOKEN_ID),
		.family_id = row_id(row, COL_LIVE_TOKEN_FAMILY_ID),
		.client_id = row_id(row, COL_LIVE_TOKEN_CLIENT_ID),
		.digest = row_digest(row, COL_LIVE_TOKEN_DIGEST),
		.scope = row_text(row, COL_LIVE_TOKEN_SCOPE, arena),
		.resource = row_text(row, COL_LIVE_TOKEN_RESOURCE, arena),
		.session_id = row_id(row, COL_LIVE_TOKEN_SESSION_ID),
		.auth_ms = row_int(row, COL_LIVE_TOKEN_AUTH_MS),
		.issued_ms = row_int(row, COL_LIVE_TOKEN_ISSUED_MS),
		.expires_ms = row_int(row, COL_LIVE_TOKEN_EXPIRES_MS),
		.revoked_ms = row_int(row, COL_LIVE_TOKEN_REVOKED_MS),
		.is_dead = row_int(row, COL_LIVE_TOKEN_IS_DEAD) != 0,
		.user =
			{
				.id = row_id(row, COL_LIVE_TOKEN_USER_ID),
				.username = row_text(row, COL_LIVE_TOKEN_USERNAME, arena),
				.email = row_text(row, COL_LIVE_TOKEN_EMAIL, arena),
				.email_verified =
					email_verified_of(row, COL_LIVE_TOKEN_EMAIL_VERIFIED),
				.full_name = row_text(row, COL_LIVE_TOKEN_FULL_NAME, arena),
				.role = row_text(row, COL_LIVE_TOKEN_ROLE, arena),
				.updated_ms = row_int(row, COL_LIVE_TOKEN_USER_UPDATED_MS),
			},
	};
}

enum err
live_token_by_id(struct store *s, struct arena *arena, struct id id, struct live_token *ret)
{
	return store_one(
		s, SQL_LIVE_TOKEN_BY_ID, PARAMS(param_id(id)), read_live_token, arena, ret);
}

enum err
live_token_foreign(
	struct store *s, struct arena *arena, struct digest digest, struct live_token *ret)
{
	enum err e = store_one(s, SQL_LIVE_TOKEN_FOREIGN, PARAMS(param_digest(&digest)),
		read_live_token, arena, ret);

	if (!e)
		ret->is_foreign = true;
	return e;
}

void
live_token_by_id_ahead(struct store *s, struct id id)
{
	store_read_ahead(s, SQL_LIVE_TOKEN_BY_ID, id);
}

enum err
access_token_revoke(struct store *s, struct id id, int64_t now_ms)
{
	HOLDS(!id_is_zero(id));
	HOLDS(now_ms > 0);
	return store_run(s, SQL_ACCESS_TOKEN_REVOKE, PARAMS(param_id(id), param_int(now_ms)));
}
