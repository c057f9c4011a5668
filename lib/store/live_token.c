/* Tokens with their circumstances. */
#include "lib/store/live_token.h"

static void
read_live_token(const struct row *row, struct arena *arena, void *into)
{
	struct live_token *t = into;

	*t = (struct live_token){
		.id = row_id(row, 0),
		.family_id = row_id(row, 1),
		.client_id = row_id(row, 2),
		.digest = row_digest(row, 3),
		.scope = row_text(row, 4, arena),
		.resource = row_text(row, 5, arena),
		.session_id = row_id(row, 6),
		.auth_ms = row_int(row, 7),
		.issued_ms = row_int(row, 8),
		.expires_ms = row_int(row, 9),
		.revoked_ms = row_int(row, 17),
		.is_dead = row_int(row, 10) != 0,
		.user =
			{
				.id = row_id(row, 11),
				.username = row_text(row, 12, arena),
				.email = row_text(row, 13, arena),
				.full_name = row_text(row, 14, arena),
				.role = row_text(row, 15, arena),
				.updated_ms = row_int(row, 16),
			},
	};
}

enum err
live_token_by_id(struct store *s, struct arena *arena, struct id id, struct live_token *ret)
{
	return store_one(
		s, SQL_LIVE_TOKEN_BY_ID, PARAMS(param_id(id)), read_live_token, arena, ret);
}

void
live_token_by_id_ahead(struct store *s, struct id id)
{
	store_read_ahead(s, SQL_LIVE_TOKEN_BY_ID, id);
}

enum err
access_token_revoke(struct store *s, struct id id, int64_t now_ms)
{
	return store_run(s, SQL_ACCESS_TOKEN_REVOKE, PARAMS(param_id(id), param_int(now_ms)));
}
