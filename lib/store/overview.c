/* What operators look through: rows and statements. */
#include "lib/store/overview.h"

static void
read_grant(const struct row *row, struct arena *a, void *into)
{
	*(struct overview *)into = (struct overview){
		.id = row_id(row, 0),
		.kind = row_text(row, 1, a),
		.client_id = row_id(row, 2),
		.client_name = row_text(row, 3, a),
		.user_id = row_id(row, 4),
		.username = row_text(row, 5, a),
		.scope = row_text(row, 6, a),
		.ip = row_text(row, 7, a),
		.user_agent = row_text(row, 8, a),
		.created_ms = row_int(row, 9),
		.used_ms = row_int(row, 10),
		.disabled_ms = row_int(row, 11),
		.revoked_ms = row_int(row, 12),
	};
}

static void
read_token(const struct row *row, struct arena *a, void *into)
{
	*(struct overview *)into = (struct overview){
		.id = row_id(row, 0),
		.family_id = row_id(row, 1),
		.client_id = row_id(row, 2),
		.client_name = row_text(row, 3, a),
		.user_id = row_id(row, 4),
		.username = row_text(row, 5, a),
		.scope = row_text(row, 6, a),
		.created_ms = row_int(row, 7),
		.expires_ms = row_int(row, 8),
		.disabled_ms = row_int(row, 9),
		.revoked_ms = row_int(row, 10),
	};
}

static void
read_session(const struct row *row, struct arena *a, void *into)
{
	*(struct overview *)into = (struct overview){
		.id = row_id(row, 0),
		.user_id = row_id(row, 1),
		.username = row_text(row, 2, a),
		.ip = row_text(row, 3, a),
		.user_agent = row_text(row, 4, a),
		.created_ms = row_int(row, 5),
		.used_ms = row_int(row, 6),
		.expires_ms = row_int(row, 7),
	};
}

static void
read_device(const struct row *row, struct arena *a, void *into)
{
	*(struct overview *)into = (struct overview){
		.id = row_id(row, 0),
		.client_id = row_id(row, 1),
		.client_name = row_text(row, 2, a),
		.username = row_text(row, 3, a),
		.scope = row_text(row, 4, a),
		.state = row_text(row, 5, a),
		.ip = row_text(row, 6, a),
		.user_agent = row_text(row, 7, a),
		.created_ms = row_int(row, 8),
		.expires_ms = row_int(row, 9),
	};
}

static void
read_consent(const struct row *row, struct arena *a, void *into)
{
	*(struct overview *)into = (struct overview){
		.id = row_id(row, 0),
		.username = row_text(row, 1, a),
		.scope = row_text(row, 2, a),
		.created_ms = row_int(row, 3),
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
	return store_change_one(
		s, SQL_OVERVIEW_DENY_DEVICE, PARAMS(param_id(id), param_int(now_ms)));
}

enum err
overview_set_grant_disabled(struct store *s, struct id family, int64_t disabled_ms)
{
	return store_change_one(s, SQL_OVERVIEW_SET_GRANT_DISABLED,
		PARAMS(param_id(family), param_ms_or_null(disabled_ms)));
}
