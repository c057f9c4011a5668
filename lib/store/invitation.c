/* Invitations: rows and statements. */
#include "lib/store/invitation.h"

#include "lib/base/holds.h"

static void
read_invitation(const struct row *row, struct arena *a, void *into)
{
	(void)a;
	*(struct invitation *)into = (struct invitation){
		.user_id = row_id(row, COL_INVITATION_USER_ID),
		.digest = row_digest(row, COL_INVITATION_DIGEST),
		.created_ms = row_int(row, COL_INVITATION_CREATED_MS),
		.expires_ms = row_int(row, COL_INVITATION_EXPIRES_MS),
	};
}

enum err
invitation_put(struct store *s, const struct invitation *i)
{
	HOLDS(!id_is_zero(i->user_id));
	HOLDS(i->expires_ms > i->created_ms);
	return store_run(s, SQL_INVITATION_PUT,
		PARAMS(param_id(i->user_id), param_digest(&i->digest), param_int(i->created_ms),
			param_int(i->expires_ms)));
}

enum err
invitation_of_user(struct store *s, struct id user, struct invitation *ret)
{
	return store_one(
		s, SQL_INVITATION_OF_USER, PARAMS(param_id(user)), read_invitation, NULL, ret);
}

enum err
invitation_take(struct store *s, const struct invitation *i, int64_t now_ms)
{
	HOLDS(now_ms > 0);
	return store_change_one(s, SQL_INVITATION_TAKE,
		PARAMS(param_id(i->user_id), param_digest(&i->digest), param_int(now_ms)));
}

enum err
invitation_set_password_hash(struct store *s, struct id user, struct str hash, int64_t now_ms)
{
	HOLDS(!id_is_zero(user));
	HOLDS(hash.n > 0);
	return store_change_one(s, SQL_INVITATION_SET_PASSWORD_HASH,
		PARAMS(param_id(user), param_text(hash), param_int(now_ms)));
}

enum err
invitation_purge(struct store *s, int64_t now_ms, int64_t limit, int64_t *ret_deleted)
{
	HOLDS(limit > 0);
	return store_change_count(
		s, SQL_INVITATION_PURGE, PARAMS(param_int(now_ms), param_int(limit)), ret_deleted);
}
