/* What operators look through: rows and statements. */
#include "lib/store/overview.h"

#include "lib/base/holds.h"

static void
read_grant(const struct row *row, struct arena *a, void *into)
{
	*(struct overview *)into = (struct overview){
		.id = row_id(row, COL_OVERVIEW_GRANT_ID),
		.kind = row_text(row, COL_OVERVIEW_GRANT_KIND, a),
		.client_id = row_id(row, COL_OVERVIEW_GRANT_CLIENT_ID),
		.client_name = row_text(row, COL_OVERVIEW_GRANT_CLIENT_NAME, a),
		.user_id = row_id(row, COL_OVERVIEW_GRANT_USER_ID),
		.username = row_text(row, COL_OVERVIEW_GRANT_USERNAME, a),
		.scope = row_text(row, COL_OVERVIEW_GRANT_SCOPE, a),
		.ip = row_text(row, COL_OVERVIEW_GRANT_IP, a),
		.user_agent = row_text(row, COL_OVERVIEW_GRANT_USER_AGENT, a),
		.created_ms = row_int(row, COL_OVERVIEW_GRANT_CREATED_MS),
		.used_ms = row_int(row, COL_OVERVIEW_GRANT_USED_MS),
		.disabled_ms = row_int(row, COL_OVERVIEW_GRANT_DISABLED_MS),
		.revoked_ms = row_int(row, COL_OVERVIEW_GRANT_REVOKED_MS),
	};
}

static void
read_token(const struct row *row, struct arena *a, void *into)
{
	*(struct overview *)into = (struct overview){
		.id = row_id(row, COL_OVERVIEW_TOKEN_ID),
		.family_id = row_id(row, COL_OVERVIEW_TOKEN_FAMILY_ID),
		.client_id = row_id(row, COL_OVERVIEW_TOKEN_CLIENT_ID),
		.client_name = row_text(row, COL_OVERVIEW_TOKEN_CLIENT_NAME, a),
		.user_id = row_id(row, COL_OVERVIEW_TOKEN_USER_ID),
		.username = row_text(row, COL_OVERVIEW_TOKEN_USERNAME, a),
		.scope = row_text(row, COL_OVERVIEW_TOKEN_SCOPE, a),
		.created_ms = row_int(row, COL_OVERVIEW_TOKEN_ISSUED_MS),
		.expires_ms = row_int(row, COL_OVERVIEW_TOKEN_EXPIRES_MS),
		.disabled_ms = row_int(row, COL_OVERVIEW_TOKEN_DISABLED_MS),
		.revoked_ms = row_int(row, COL_OVERVIEW_TOKEN_REVOKED_MS),
	};
}

static void
read_session(const struct row *row, struct arena *a, void *into)
{
	*(struct overview *)into = (struct overview){
		.id = row_id(row, COL_OVERVIEW_SESSION_ID),
		.user_id = row_id(row, COL_OVERVIEW_SESSION_USER_ID),
		.username = row_text(row, COL_OVERVIEW_SESSION_USERNAME, a),
		.ip = row_text(row, COL_OVERVIEW_SESSION_IP, a),
		.user_agent = row_text(row, COL_OVERVIEW_SESSION_USER_AGENT, a),
		.created_ms = row_int(row, COL_OVERVIEW_SESSION_CREATED_MS),
		.used_ms = row_int(row, COL_OVERVIEW_SESSION_SEEN_MS),
		.expires_ms = row_int(row, COL_OVERVIEW_SESSION_EXPIRES_MS),
	};
}

static void
read_device(const struct row *row, struct arena *a, void *into)
{
	*(struct overview *)into = (struct overview){
		.id = row_id(row, COL_OVERVIEW_DEVICE_ID),
		.client_id = row_id(row, COL_OVERVIEW_DEVICE_CLIENT_ID),
		.client_name = row_text(row, COL_OVERVIEW_DEVICE_CLIENT_NAME, a),
		.username = row_text(row, COL_OVERVIEW_DEVICE_USERNAME, a),
		.scope = row_text(row, COL_OVERVIEW_DEVICE_SCOPE, a),
		.state = row_text(row, COL_OVERVIEW_DEVICE_STATE, a),
		.user_code = row_text(row, COL_OVERVIEW_DEVICE_USER_CODE, a),
		.ip = row_text(row, COL_OVERVIEW_DEVICE_IP, a),
		.user_agent = row_text(row, COL_OVERVIEW_DEVICE_USER_AGENT, a),
		.created_ms = row_int(row, COL_OVERVIEW_DEVICE_CREATED_MS),
		.expires_ms = row_int(row, COL_OVERVIEW_DEVICE_EXPIRES_MS),
	};
}

static void
read_consent(const struct row *row, struct arena *a, void *into)
{
	*(struct overview *)into = (struct overview){
		.id = row_id(row, COL_OVERVIEW_CONSENT_USER_ID),
		.username = row_text(row, COL_OVERVIEW_CONSENT_USERNAME, a),
		.scope = row_text(row, COL_OVERVIEW_CONSENT_SCOPE, a),
		.created_ms = row_int(row, COL_OVERVIEW_CONSENT_GRANTED_MS),
	};
}

/* ---- lists ---- */

enum { PARAMS_MAX = 6 };

/* A statement takes before, limit, its bounds, and then the ids it filters by. */
struct listing {
	enum sql sql;
	row_reader *read;
	struct param params[PARAMS_MAX];
	size_t count;
};

static void
add_id(struct listing *l, struct id id)
{
	if (!id_is_zero(id))
		l->params[l->count++] = param_id(id);
}

static enum err
list_rows(struct store *s, struct arena *a, const struct listing *l, const struct overview_query *q,
	struct overview *list, size_t *ret_count)
{
	return store_rows(s, l->sql, (struct params){l->params, l->count}, l->read, a,
		(struct store_list){list, sizeof *list, q->limit}, ret_count);
}

/* The statement for a filter: by neither, user, client, both. */
static enum sql
choose(const struct overview_query *q, const enum sql by[4])
{
	return by[(id_is_zero(q->user) ? 0 : 1) + (id_is_zero(q->client) ? 0 : 2)];
}

static struct param
not_ended(const struct overview_query *q)
{
	return param_int(q->living_at_ms ? INT64_MAX : 0);
}

enum err
overview_grants(struct store *s, struct arena *a, const struct overview_query *q,
	struct overview *list, size_t *ret_count)
{
	static const enum sql by[4] = {SQL_OVERVIEW_GRANTS, SQL_OVERVIEW_GRANTS_OF_USER,
		SQL_OVERVIEW_GRANTS_OF_CLIENT, SQL_OVERVIEW_GRANTS_OF_BOTH};
	struct listing l = {choose(q, by), read_grant,
		{param_id(q->before), param_int((int64_t)q->limit), not_ended(q)}, 3};

	add_id(&l, q->user);
	add_id(&l, q->client);
	return list_rows(s, a, &l, q, list, ret_count);
}

enum err
overview_tokens(struct store *s, struct arena *a, const struct overview_query *q,
	struct overview *list, size_t *ret_count)
{
	static const enum sql by[4] = {SQL_OVERVIEW_TOKENS, SQL_OVERVIEW_TOKENS_OF_USER,
		SQL_OVERVIEW_TOKENS_OF_CLIENT, SQL_OVERVIEW_TOKENS_OF_BOTH};
	struct listing l = {choose(q, by), read_token,
		{param_id(q->before), param_int((int64_t)q->limit), not_ended(q),
			param_int(q->living_at_ms)},
		4};

	if (!id_is_zero(q->family))
		l.sql = SQL_OVERVIEW_TOKENS_OF_FAMILY;
	add_id(&l, q->family);
	add_id(&l, q->user);
	add_id(&l, q->client);
	return list_rows(s, a, &l, q, list, ret_count);
}

enum err
overview_sessions(struct store *s, struct arena *a, const struct overview_query *q,
	struct overview *list, size_t *ret_count)
{
	struct listing l = {
		id_is_zero(q->user) ? SQL_OVERVIEW_SESSIONS : SQL_OVERVIEW_SESSIONS_OF_USER,
		read_session, {param_id(q->before), param_int((int64_t)q->limit)}, 2};

	add_id(&l, q->user);
	return list_rows(s, a, &l, q, list, ret_count);
}

enum err
overview_devices(struct store *s, struct arena *a, const struct overview_query *q,
	struct overview *list, size_t *ret_count)
{
	const struct listing l = {SQL_OVERVIEW_DEVICES, read_device,
		{param_id(q->before), param_int((int64_t)q->limit)}, 2};

	return list_rows(s, a, &l, q, list, ret_count);
}

enum err
overview_consents(struct store *s, struct arena *a, struct id client, struct id after,
	struct overview *list, size_t limit, size_t *ret_count)
{
	return store_rows(s, SQL_OVERVIEW_CONSENTS_OF_CLIENT,
		PARAMS(param_id(client), param_id(after), param_int((int64_t)limit)), read_consent,
		a, (struct store_list){list, sizeof *list, limit}, ret_count);
}

/* ---- ends ---- */

enum err
overview_deny_device(struct store *s, struct id id, int64_t now_ms)
{
	HOLDS(now_ms > 0);
	return store_change_one(
		s, SQL_OVERVIEW_DENY_DEVICE, PARAMS(param_id(id), param_int(now_ms)));
}

enum err
overview_set_grant_disabled(struct store *s, struct id family, int64_t disabled_ms)
{
	HOLDS(disabled_ms >= 0);
	return store_change_one(s, SQL_OVERVIEW_SET_GRANT_DISABLED,
		PARAMS(param_id(family), param_ms_or_null(disabled_ms)));
}
