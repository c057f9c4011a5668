/* Device authorization requests: rows and statements. */
#include "lib/store/device_code.h"

#include "lib/base/holds.h"

static void
read_device_code(const struct row *row, struct arena *a, void *into)
{
	*(struct device_code *)into = (struct device_code){
		.id = row_id(row, COL_DEVICE_CODE_ID),
		.digest = row_digest(row, COL_DEVICE_CODE_DIGEST),
		.user_code = row_text(row, COL_DEVICE_CODE_USER_CODE, a),
		.client_id = row_id(row, COL_DEVICE_CODE_CLIENT_ID),
		.scope = row_text(row, COL_DEVICE_CODE_SCOPE, a),
		.state = row_text(row, COL_DEVICE_CODE_STATE, a),
		.user_id = row_id(row, COL_DEVICE_CODE_USER_ID),
		.auth_ms = row_int(row, COL_DEVICE_CODE_AUTH_MS),
		.amr = row_text(row, COL_DEVICE_CODE_AMR, a),
		.interval_s = row_int(row, COL_DEVICE_CODE_INTERVAL_S),
		.ip = row_text(row, COL_DEVICE_CODE_IP, a),
		.user_agent = row_text(row, COL_DEVICE_CODE_USER_AGENT, a),
		.created_ms = row_int(row, COL_DEVICE_CODE_CREATED_MS),
		.expires_ms = row_int(row, COL_DEVICE_CODE_EXPIRES_MS),
		.client_epoch_ms = row_int(row, COL_DEVICE_CODE_CLIENT_EPOCH_MS),
		.resource = row_text(row, COL_DEVICE_CODE_RESOURCE, a),
		.network = row_text(row, COL_DEVICE_CODE_NETWORK, a),
		.typed_back = row_int(row, COL_DEVICE_CODE_TYPED_BACK) != 0,
		.digits = row_text(row, COL_DEVICE_CODE_DIGITS, a),
		.digit_tries = row_int(row, COL_DEVICE_CODE_DIGIT_TRIES),
	};
}

enum err
device_code_insert(struct store *s, const struct device_code *d)
{
	HOLDS(!id_is_zero(d->id));
	HOLDS(!id_is_zero(d->client_id));
	HOLDS(d->user_code.n > 0);
	HOLDS(d->expires_ms >= d->created_ms);
	HOLDS(!str_is(d->state, "approved") || !id_is_zero(d->user_id));
	return store_run(s, SQL_DEVICE_CODE_INSERT,
		PARAMS(param_id(d->id), param_digest(&d->digest), param_text(d->user_code),
			param_id(d->client_id), param_text(d->scope),
			param_text(d->state.n ? d->state : STR("pending")),
			param_id_or_null(d->user_id), param_ms_or_null(d->auth_ms),
			param_int(d->interval_s), param_text(d->ip), param_text(d->user_agent),
			param_int(d->created_ms), param_int(d->expires_ms),
			param_int(d->client_epoch_ms), param_text(d->resource),
			param_text(d->network), param_text(d->region), param_int(d->typed_back)));
}

void
device_code_by_id_ahead(struct store *s, struct id id)
{
	store_read_ahead(s, SQL_DEVICE_CODE_BY_ID, id);
}

enum err
device_code_by_id(struct store *s, struct arena *a, struct id id, struct device_code *ret)
{
	return store_one(s, SQL_DEVICE_CODE_BY_ID, PARAMS(param_id(id)), read_device_code, a, ret);
}

enum err
device_code_by_user_code(
	struct store *s, struct arena *a, struct str user_code, struct device_code *ret)
{
	return store_one(s, SQL_DEVICE_CODE_BY_USER_CODE, PARAMS(param_text(user_code)),
		read_device_code, a, ret);
}

enum err
device_code_approve(struct store *s, struct id id, const struct session *by, int64_t now_ms)
{
	HOLDS(!id_is_zero(id));
	HOLDS(!id_is_zero(by->user_id));
	HOLDS(now_ms > 0);
	return store_change_one(s, SQL_DEVICE_CODE_APPROVE,
		PARAMS(param_id(id), param_id(by->user_id), param_int(by->auth_ms),
			param_int(now_ms), param_text(by->amr)));
}

enum err
device_code_set_digits(struct store *s, struct id id, struct str digits)
{
	HOLDS(!id_is_zero(id));
	HOLDS(digits.n > 0);
	return store_change_one(
		s, SQL_DEVICE_CODE_SET_DIGITS, PARAMS(param_id(id), param_text(digits)));
}

enum err
device_code_deny(struct store *s, struct id id, struct id user, int64_t now_ms)
{
	HOLDS(!id_is_zero(id));
	HOLDS(!id_is_zero(user));
	HOLDS(now_ms > 0);
	return store_change_one(
		s, SQL_DEVICE_CODE_DENY, PARAMS(param_id(id), param_id(user), param_int(now_ms)));
}

enum err
device_code_redeem(struct store *s, struct id id, int64_t now_ms)
{
	HOLDS(!id_is_zero(id));
	HOLDS(now_ms > 0);
	return store_change_one(s, SQL_DEVICE_CODE_REDEEM, PARAMS(param_id(id), param_int(now_ms)));
}

enum err
device_code_try_digits(struct store *s, struct id id, int64_t most)
{
	HOLDS(!id_is_zero(id));
	HOLDS(most > 0);
	return store_change_one(
		s, SQL_DEVICE_CODE_TRY_DIGITS, PARAMS(param_id(id), param_int(most)));
}

enum err
device_code_give_up(struct store *s, struct id id, int64_t most, int64_t *ret_denied)
{
	HOLDS(!id_is_zero(id));
	HOLDS(most > 0);
	return store_change_count(
		s, SQL_DEVICE_CODE_GIVE_UP, PARAMS(param_id(id), param_int(most)), ret_denied);
}

enum err
device_code_slow_down(struct store *s, struct id id, int64_t add_s)
{
	HOLDS(!id_is_zero(id));
	HOLDS(add_s > 0);
	return store_change_one(
		s, SQL_DEVICE_CODE_SLOW_DOWN, PARAMS(param_id(id), param_int(add_s)));
}

enum err
device_code_count_open(struct store *s, int64_t now_ms, int64_t max, int64_t *ret)
{
	return store_count(
		s, SQL_DEVICE_CODE_COUNT_OPEN, PARAMS(param_int(now_ms), param_int(max)), ret);
}

enum err
device_code_count_of(struct store *s, const struct device_code *like, int64_t max, int64_t *ret)
{
	return store_count(s, SQL_DEVICE_CODE_COUNT_OF,
		PARAMS(param_id(like->client_id), param_text(like->network),
			param_int(like->created_ms), param_int(max)),
		ret);
}

enum err
device_code_trim(struct store *s, int64_t now_ms, int64_t rows, int64_t *ret_deleted)
{
	return store_change_count(
		s, SQL_DEVICE_CODE_TRIM, PARAMS(param_int(now_ms), param_int(rows)), ret_deleted);
}

enum err
device_code_purge(struct store *s, int64_t expired_before_ms, int64_t limit, int64_t *ret_deleted)
{
	HOLDS(limit > 0);
	return store_change_count(s, SQL_DEVICE_CODE_PURGE,
		PARAMS(param_int(expired_before_ms), param_int(limit)), ret_deleted);
}
