/* What operators look through: rows and statements. */
#include "lib/store/overview.h"

#include "lib/base/holds.h"
#include "lib/store/search.h"
#include "lib/store/token.h"

#include <string.h>

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

enum { PARAMS_MAX = 8 };

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

/* How many rows a list looks at, from `from` down: as many as a search. */
static enum err
find_end(struct store *s, const struct overview_query *q, bool is_of_tokens, struct id from,
	struct id *ret_end, struct id *ret_seen)
{
	struct param top = param_id(from), most = param_int(SEARCH_REACH);
	enum err e;

	if (!id_is_zero(q->user))
		e = search_end(s, SQL_OVERVIEW_GRANTS_REACH_OF_USER,
			PARAMS(top, most, param_id(q->user)), ret_end, ret_seen);
	else if (!id_is_zero(q->client))
		e = search_end(s, SQL_OVERVIEW_GRANTS_REACH_OF_CLIENT,
			PARAMS(top, most, param_id(q->client)), ret_end, ret_seen);
	else
		e = search_end(s,
			is_of_tokens ? SQL_OVERVIEW_TOKENS_REACH : SQL_OVERVIEW_GRANTS_REACH,
			PARAMS(top, most), ret_end, ret_seen);
	if (!e && id_is_zero(*ret_seen))
		*ret_end = (struct id){{0}};
	return e;
}

/* A full page goes on behind its last row, another behind what has been looked at. */
static enum err
list_window(struct store *s, struct arena *a, const struct listing *l,
	const struct overview_query *q, struct overview *list, size_t *ret_count,
	struct id *ret_next)
{
	enum err e = list_rows(s, a, l, q, list, ret_count);

	if (!e && *ret_count == q->limit)
		*ret_next = list[q->limit - 1].id;
	return e;
}

enum err
overview_grants(struct store *s, struct arena *a, const struct overview_query *q,
	struct overview *list, size_t *ret_count, struct id *ret_next)
{
	static const enum sql by[4] = {SQL_OVERVIEW_GRANTS, SQL_OVERVIEW_GRANTS_OF_USER,
		SQL_OVERVIEW_GRANTS_OF_CLIENT, SQL_OVERVIEW_GRANTS_OF_BOTH};
	struct listing l = {choose(q, by), read_grant,
		{param_id(q->before), param_int((int64_t)q->limit), not_ended(q)}, 3};
	struct id end;
	enum err e;

	*ret_next = (struct id){{0}};
	if ((e = find_end(s, q, false, q->before, &end, ret_next)))
		return e;
	l.params[l.count++] = param_id(end);
	add_id(&l, q->user);
	add_id(&l, q->client);
	return list_window(s, a, &l, q, list, ret_count, ret_next);
}

/* Where tokens go on that are found grant by grant: behind a token, or behind all of a grant. */
static enum err
find_place(struct store *s, struct arena *a, struct id after, struct id *ret_family,
	struct id *ret_before)
{
	struct access_token token;
	enum err e = access_token_by_id(s, a, after, &token);

	if (e && e != ERR_NO_ROW)
		return e;
	*ret_family = e ? after : token.family_id;
	*ret_before = e ? (struct id){{0}} : after;
	return OK;
}

static enum err
tokens_by_id(struct store *s, struct arena *a, const struct overview_query *q,
	struct overview *list, size_t *ret_count, struct id *ret_next)
{
	bool of_family = !id_is_zero(q->family);
	struct listing l = {of_family ? SQL_OVERVIEW_TOKENS_OF_FAMILY : SQL_OVERVIEW_TOKENS,
		read_token, {param_id(q->before), param_int((int64_t)q->limit), not_ended(q)}, 3};
	struct id end = {{0}};
	enum err e;

	if (!of_family && (e = find_end(s, q, true, q->before, &end, ret_next)))
		return e;
	l.params[l.count++] = param_id(end);
	l.params[l.count++] = param_int(q->living_at_ms);
	add_id(&l, q->family);
	return list_window(s, a, &l, q, list, ret_count, ret_next);
}

static enum err
tokens_by_grant(struct store *s, struct arena *a, const struct overview_query *q,
	struct overview *list, size_t *ret_count, struct id *ret_next)
{
	static const enum sql by[4] = {SQL_OVERVIEW_TOKENS, SQL_OVERVIEW_TOKENS_OF_USER,
		SQL_OVERVIEW_TOKENS_OF_CLIENT, SQL_OVERVIEW_TOKENS_OF_BOTH};
	struct listing l = {.sql = choose(q, by), .read = read_token};
	struct id family, before, end;
	enum err e;

	if ((e = find_place(s, a, q->before, &family, &before)) ||
		(e = find_end(s, q, true, family, &end, ret_next)))
		return e;
	const struct param params[] = {param_id(before), param_int((int64_t)q->limit), not_ended(q),
		param_id(end), param_int(q->living_at_ms), param_id(family)};

	memcpy(l.params, params, sizeof params);
	l.count = countof(params);
	add_id(&l, q->user);
	add_id(&l, q->client);
	return list_window(s, a, &l, q, list, ret_count, ret_next);
}

enum err
overview_tokens(struct store *s, struct arena *a, const struct overview_query *q,
	struct overview *list, size_t *ret_count, struct id *ret_next)
{
	*ret_next = (struct id){{0}};
	if (id_is_zero(q->user) && id_is_zero(q->client))
		return tokens_by_id(s, a, q, list, ret_count, ret_next);
	return tokens_by_grant(s, a, q, list, ret_count, ret_next);
}

enum err
overview_sessions(struct store *s, struct arena *a, const struct overview_query *q,
	struct overview *list, size_t *ret_count, struct id *ret_next)
{
	struct listing l = {
		id_is_zero(q->user) ? SQL_OVERVIEW_SESSIONS : SQL_OVERVIEW_SESSIONS_OF_USER,
		read_session, {param_id(q->before), param_int((int64_t)q->limit)}, 2};

	*ret_next = (struct id){{0}};
	add_id(&l, q->user);
	return list_window(s, a, &l, q, list, ret_count, ret_next);
}

enum err
overview_devices(struct store *s, struct arena *a, const struct overview_query *q,
	struct overview *list, size_t *ret_count, struct id *ret_next)
{
	const struct listing l = {SQL_OVERVIEW_DEVICES, read_device,
		{param_id(q->before), param_int((int64_t)q->limit)}, 2};

	*ret_next = (struct id){{0}};
	return list_window(s, a, &l, q, list, ret_count, ret_next);
}

enum err
overview_consents(struct store *s, struct arena *a, struct id client, struct id after,
	struct overview *list, size_t limit, size_t *ret_count, struct id *ret_next)
{
	struct id end;
	enum err e;

	*ret_next = (struct id){{0}};
	e = search_end(s, SQL_OVERVIEW_CONSENTS_REACH,
		PARAMS(param_id(client), param_id(after), param_int(SEARCH_REACH)), &end, ret_next);
	if (e)
		return e;
	e = store_rows(s, SQL_OVERVIEW_CONSENTS_OF_CLIENT,
		PARAMS(param_id(client), param_id(after), param_int((int64_t)limit), param_id(end)),
		read_consent, a, (struct store_list){list, sizeof *list, limit}, ret_count);
	if (!e && *ret_count == limit)
		*ret_next = list[limit - 1].id;
	return e;
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
