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
		.user_id = row_id(row, 3),
		.username = row_text(row, 4, a),
		.scope = row_text(row, 5, a),
		.created_ms = row_int(row, 6),
		.expires_ms = row_int(row, 7),
		.revoked_ms = row_int(row, 8),
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

struct listing {
	enum sql sql;
	struct id of; /* the third parameter; zero: the statement has none */
	row_reader *read;
};

static enum err
list_rows(struct store *s, struct arena *a, const struct listing *l, const struct overview_query *q,
	struct overview *list, size_t *ret_count)
{
	const struct param params[] = {
		param_id(q->before), param_int((int64_t)q->limit), param_id(l->of)};
	size_t count = countof(params) - (id_is_zero(l->of) ? 1 : 0);

	return store_rows(s, l->sql, (struct params){params, count}, l->read, a,
		(struct store_list){list, sizeof *list, q->limit}, ret_count);
}

enum err
overview_grants(struct store *s, struct arena *a, const struct overview_query *q,
	struct overview *list, size_t *ret_count)
{
	struct listing l = {.sql = SQL_OVERVIEW_GRANTS, .read = read_grant};

	if (!id_is_zero(q->user))
		l = (struct listing){SQL_OVERVIEW_GRANTS_OF_USER, q->user, read_grant};
	else if (!id_is_zero(q->client))
		l = (struct listing){SQL_OVERVIEW_GRANTS_OF_CLIENT, q->client, read_grant};
	return list_rows(s, a, &l, q, list, ret_count);
}

enum err
overview_tokens(struct store *s, struct arena *a, const struct overview_query *q,
	struct overview *list, size_t *ret_count)
{
	struct listing l = {.sql = SQL_OVERVIEW_TOKENS, .read = read_token};

	if (!id_is_zero(q->user))
		l = (struct listing){SQL_OVERVIEW_TOKENS_OF_USER, q->user, read_token};
	else if (!id_is_zero(q->client))
		l = (struct listing){SQL_OVERVIEW_TOKENS_OF_CLIENT, q->client, read_token};
	else if (!id_is_zero(q->family))
		l = (struct listing){SQL_OVERVIEW_TOKENS_OF_FAMILY, q->family, read_token};
	return list_rows(s, a, &l, q, list, ret_count);
}

enum err
overview_sessions(struct store *s, struct arena *a, const struct overview_query *q,
	struct overview *list, size_t *ret_count)
{
	struct listing l = {.sql = SQL_OVERVIEW_SESSIONS, .read = read_session};

	if (!id_is_zero(q->user))
		l = (struct listing){SQL_OVERVIEW_SESSIONS_OF_USER, q->user, read_session};
	return list_rows(s, a, &l, q, list, ret_count);
}

enum err
overview_devices(struct store *s, struct arena *a, const struct overview_query *q,
	struct overview *list, size_t *ret_count)
{
	const struct listing l = {.sql = SQL_OVERVIEW_DEVICES, .read = read_device};

	return list_rows(s, a, &l, q, list, ret_count);
}

enum err
overview_deny_device(struct store *s, struct id id, int64_t now_ms)
{
	return store_change_one(
		s, SQL_OVERVIEW_DENY_DEVICE, PARAMS(param_id(id), param_int(now_ms)));
}
