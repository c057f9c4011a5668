/* Users: rows and statements. */
#include "lib/store/user.h"

#include "lib/base/holds.h"
#include "lib/store/search.h"

#include <string.h>

enum email_verified
email_verified_of(const struct row *row, int column)
{
	if (row_is_null(row, column))
		return EMAIL_UNKNOWN;
	return row_int(row, column) ? EMAIL_VERIFIED : EMAIL_UNVERIFIED;
}

static struct param
param_email_verified(const struct user *u)
{
	if (u->email_verified == EMAIL_UNKNOWN)
		return param_null();
	return param_int(u->email_verified == EMAIL_VERIFIED);
}

static void
read_user(const struct row *row, struct arena *a, void *into)
{
	*(struct user *)into = (struct user){
		.id = row_id(row, COL_USER_ID),
		.username = row_text(row, COL_USER_USERNAME, a),
		.email = row_text(row, COL_USER_EMAIL, a),
		.email_verified = email_verified_of(row, COL_USER_EMAIL_VERIFIED),
		.full_name = row_text(row, COL_USER_FULL_NAME, a),
		.role = row_text(row, COL_USER_ROLE, a),
		.password_hash = row_text(row, COL_USER_PASSWORD_HASH, a),
		.disabled_ms = row_int(row, COL_USER_DISABLED_MS),
		.created_ms = row_int(row, COL_USER_CREATED_MS),
		.updated_ms = row_int(row, COL_USER_UPDATED_MS),
		.tokens_revoked_ms = row_int(row, COL_USER_TOKENS_REVOKED_MS),
	};
}

enum err
user_by_email(struct store *s, struct arena *a, struct str email, struct user *ret)
{
	return store_one(s, SQL_USER_BY_EMAIL, PARAMS(param_text(email)), read_user, a, ret);
}

enum err
user_by_name(struct store *s, struct arena *a, struct str username, struct user *ret)
{
	return store_one(s, SQL_USER_BY_NAME, PARAMS(param_text(username)), read_user, a, ret);
}

enum err
user_by_id(struct store *s, struct arena *a, struct id id, struct user *ret)
{
	return store_one(s, SQL_USER_BY_ID, PARAMS(param_id(id)), read_user, a, ret);
}

enum err
user_insert(struct store *s, const struct user *u)
{
	HOLDS(!id_is_zero(u->id));
	HOLDS(u->username.n > 0);
	return store_run(s, SQL_USER_INSERT,
		PARAMS(param_id(u->id), param_text(u->username), param_text_or_null(u->email),
			param_text(u->full_name), param_text(u->role), param_text(u->password_hash),
			param_ms_or_null(u->disabled_ms), param_int(u->created_ms),
			param_int(u->updated_ms), param_email_verified(u)));
}

enum err
user_count(struct store *s, int64_t *ret)
{
	return store_count(s, SQL_USER_COUNT, PARAMS(param_int(COUNTED_MAX)), ret);
}

enum err
user_change_password_hash(
	struct store *s, struct id id, struct str old_hash, struct str new_hash, int64_t now_ms)
{
	HOLDS(!id_is_zero(id));
	HOLDS(new_hash.n > 0);
	return store_change_one(s, SQL_USER_CHANGE_PASSWORD_HASH,
		PARAMS(param_id(id), param_text(old_hash), param_text(new_hash),
			param_int(now_ms)));
}

enum err
user_check_password_hash(struct store *s, struct id id, struct str hash)
{
	HOLDS(!id_is_zero(id));
	return store_change_one(
		s, SQL_USER_CHECK_PASSWORD_HASH, PARAMS(param_id(id), param_text(hash)));
}

enum err
user_has_other_hash(struct store *s, struct str kind)
{
	int64_t one;

	return store_count(s, SQL_USER_HAS_OTHER_HASH, PARAMS(param_text(kind)), &one);
}

enum err
user_set_password_hash(struct store *s, struct id id, struct str hash, int64_t now_ms)
{
	HOLDS(!id_is_zero(id));
	HOLDS(hash.n > 0);
	return store_change_one(s, SQL_USER_SET_PASSWORD_HASH,
		PARAMS(param_id(id), param_text(hash), param_int(now_ms)));
}

enum err
user_signed_in(struct store *s, struct id id, int64_t now_ms)
{
	HOLDS(!id_is_zero(id));
	HOLDS(now_ms > 0);
	return store_change_one(s, SQL_USER_SIGNED_IN, PARAMS(param_id(id), param_int(now_ms)));
}

enum err
user_set_disabled(struct store *s, struct id id, int64_t disabled_ms, int64_t now_ms)
{
	HOLDS(!id_is_zero(id));
	HOLDS(now_ms > 0);
	return store_change_one(s, SQL_USER_SET_DISABLED,
		PARAMS(param_id(id), param_ms_or_null(disabled_ms), param_int(now_ms)));
}

enum err
user_update(struct store *s, const struct user *u, int64_t was_updated_ms)
{
	HOLDS(!id_is_zero(u->id));
	HOLDS(!id_is_zero(u->id));
	return store_change_one(s, SQL_USER_UPDATE,
		PARAMS(param_id(u->id), param_int(was_updated_ms), param_text_or_null(u->email),
			param_text(u->full_name), param_int(u->updated_ms),
			param_email_verified(u)));
}

enum err
user_set_role(struct store *s, struct id id, struct str role, int64_t now_ms)
{
	HOLDS(!id_is_zero(id));
	HOLDS(str_is(role, "user") || str_is(role, "admin"));
	return store_change_one(
		s, SQL_USER_SET_ROLE, PARAMS(param_id(id), param_text(role), param_int(now_ms)));
}

enum err
user_delete(struct store *s, struct id id)
{
	HOLDS(!id_is_zero(id));
	return store_change_one(s, SQL_USER_DELETE, PARAMS(param_id(id)));
}

enum err
user_hold(struct store *s, struct id id, int64_t updated_ms)
{
	HOLDS(!id_is_zero(id));
	HOLDS(updated_ms > 0);
	return store_change_one(s, SQL_USER_HOLD, PARAMS(param_id(id), param_int(updated_ms)));
}

enum err
user_hold_admins(struct store *s)
{
	return store_run(s, SQL_USER_HOLD_ADMINS, NO_PARAMS);
}

enum err
user_count_active_admins(struct store *s, int64_t *ret)
{
	return store_count(s, SQL_USER_COUNT_ACTIVE_ADMINS, PARAMS(param_int(COUNTED_MAX)), ret);
}

struct listing {
	struct arena *arena;
	struct user *list;
	size_t count;
};

static enum err
add_user(const struct row *row, void *context)
{
	struct listing *l = context;

	read_user(row, l->arena, &l->list[l->count++]);
	return OK;
}

static enum err
find_end(struct store *s, const struct user_query *q, struct id *ret_end, struct id *ret_seen)
{
	struct param after = param_id(q->after), most = param_int(SEARCH_REACH);

	if (!q->role.n)
		return search_end(s, SQL_USER_REACH, PARAMS(after, most), ret_end, ret_seen);
	return search_end(s, SQL_USER_REACH_OF_ROLE, PARAMS(after, most, param_text(q->role)),
		ret_end, ret_seen);
}

static enum err
search(struct store *s, const struct user_query *q, struct listing *l, struct id *ret_seen)
{
	struct param pattern = param_text(search_pattern(l->arena, q->search));
	struct id end;
	enum err e;

	if ((e = find_end(s, q, &end, ret_seen)))
		return e;
	const struct param params[] = {param_id(q->after), param_int((int64_t)q->limit),
		param_id(end), pattern, param_id(q->except), param_text(q->role)};

	return store_each(s, q->role.n ? SQL_USER_SEARCH_OF_ROLE : SQL_USER_SEARCH,
		(struct params){params, q->role.n ? 6 : 5}, add_user, l);
}

static enum err
list_by_id(struct store *s, const struct user_query *q, struct listing *l)
{
	struct param after = param_id(q->after), most = param_int((int64_t)q->limit);

	if (!q->role.n)
		return store_each(s, SQL_USER_LIST, PARAMS(after, most), add_user, l);
	return store_each(
		s, SQL_USER_LIST_OF_ROLE, PARAMS(after, most, param_text(q->role)), add_user, l);
}

enum err
user_list(struct store *s, struct arena *a, const struct user_query *q, struct user *list,
	size_t *ret_count, struct id *ret_seen)
{
	struct listing l = {.arena = a, .list = list};
	enum err e;

	memset(ret_seen, 0, sizeof *ret_seen);
	e = q->search.n ? search(s, q, &l, ret_seen) : list_by_id(s, q, &l);
	*ret_count = l.count;
	return e;
}
