/* The audit log: statements. */
#include "lib/store/audit_log.h"

#include "lib/base/holds.h"
#include "lib/store/audit_chain.h"

enum err
audit_log_insert(struct store *s, struct arena *arena, struct audit_row *r)
{
	struct chain_end *end = store_chain_end(s);
	enum err e;

	HOLDS(!id_is_zero(r->id));
	HOLDS(r->event.n > 0);
	HOLDS(!end->chain ? !end->seq : end->seq >= end->signed_seq);
	if (!store_hmac(s))
		return ERR_INTERNAL;
	if (!end->chain && (e = audit_chain_begin(s, arena, r->at_ms)))
		return e;
	r->chain = end->chain;
	r->seq = end->seq + 1;
	r->id = id_behind(end->last, r->id);
	r->hash = audit_row_hash(store_hmac(s), arena, &end->hash, r);
	if ((e = store_run(s, SQL_AUDIT_LOG_INSERT,
		     PARAMS(param_int(r->chain), param_int(r->seq), param_id(r->id),
			     param_text(r->event), param_text(r->actor), param_text(r->target),
			     param_text(r->detail), param_text(r->request_id), param_text(r->ip),
			     param_text(r->user_agent), param_int(r->at_ms),
			     param_digest(&r->hash)))))
		return e;
	end->seq = r->seq;
	end->hash = r->hash;
	end->last = r->id;
	return OK;
}

static void
read_row(const struct row *row, struct arena *arena, void *into)
{
	*(struct audit_row *)into = (struct audit_row){
		.chain = row_int(row, COL_AUDIT_LOG_CHAIN),
		.seq = row_int(row, COL_AUDIT_LOG_SEQ),
		.id = row_id(row, COL_AUDIT_LOG_ID),
		.event = row_text(row, COL_AUDIT_LOG_EVENT, arena),
		.actor = row_text(row, COL_AUDIT_LOG_ACTOR, arena),
		.target = row_text(row, COL_AUDIT_LOG_TARGET, arena),
		.detail = row_text(row, COL_AUDIT_LOG_DETAIL, arena),
		.request_id = row_text(row, COL_AUDIT_LOG_REQUEST_ID, arena),
		.ip = row_text(row, COL_AUDIT_LOG_IP, arena),
		.user_agent = row_text(row, COL_AUDIT_LOG_USER_AGENT, arena),
		.at_ms = row_int(row, COL_AUDIT_LOG_AT_MS),
		.hash = row_digest(row, COL_AUDIT_LOG_HASH),
	};
}

enum err
audit_log_chain(struct store *s, struct arena *a, int64_t chain, int64_t after,
	struct audit_row *list, size_t limit, size_t *ret_count)
{
	return store_rows(s, SQL_AUDIT_LOG_CHAIN,
		PARAMS(param_int(chain), param_int(after), param_int((int64_t)limit)), read_row, a,
		(struct store_list){list, sizeof *list, limit}, ret_count);
}

/* The lowest id of an instant. */
static struct id
id_since(int64_t ms)
{
	static const uint8_t lowest[10];

	return id_make(ms, lowest);
}

static void
read_id(const struct row *row, struct arena *arena, void *into)
{
	(void)arena;
	*(struct id *)into = row_id(row, COL_AUDIT_LOG_WINDOW_ID);
}

bool
audit_log_has_index(struct str event)
{
	static const char *const common[] = {"ACCESS_TOKEN_ISSUED", "TOKEN_REFRESHED",
		"CLIENT_CREDENTIALS_TOKEN_ISSUED", "DEVICE_CODE_GENERATED",
		"AUTHORIZATION_CODE_GENERATED"};

	for (size_t i = 0; i < countof(common); i++)
		if (str_is(event, common[i]))
			return false;
	return event.n > 0;
}

/* Where this look ends: at the beginning, or AUDIT_LOOK_MAX rows back. */
static enum err
find_window(struct store *s, const struct audit_query *q, struct id *ret_from, bool *ret_more)
{
	bool rare = audit_log_has_index(q->event);
	const struct param params[] = {param_id(q->before), param_id(id_since(q->since_ms)),
		param_int(AUDIT_LOOK_MAX - 1), param_text(q->event)};
	enum err e = store_one(s, rare ? SQL_AUDIT_LOG_WINDOW_RARE : SQL_AUDIT_LOG_WINDOW,
		(struct params){params, rare ? 4 : 3}, read_id, NULL, ret_from);

	*ret_more = !e;
	if (e != ERR_NO_ROW)
		return e;
	*ret_from = id_since(q->since_ms);
	return OK;
}

enum err
audit_log_find(struct store *s, struct arena *a, const struct audit_query *q,
	struct audit_row *list, size_t *ret_count, struct id *ret_next)
{
	struct id from;
	bool more;
	enum err e;

	*ret_next = (struct id){{0}};
	if ((e = find_window(s, q, &from, &more)))
		return e;
	e = store_rows(s,
		audit_log_has_index(q->event) ? SQL_AUDIT_LOG_FIND_RARE : SQL_AUDIT_LOG_FIND,
		PARAMS(param_id(q->before), param_id(from), param_text_or_null(q->actor),
			param_text_or_null(q->target), param_int((int64_t)q->limit),
			param_text_or_null(q->event)),
		read_row, a, (struct store_list){list, sizeof *list, q->limit}, ret_count);
	if (e)
		return e;
	if (*ret_count == q->limit)
		*ret_next = list[q->limit - 1].id;
	else if (more)
		*ret_next = from;
	return OK;
}

static void
read_count(const struct row *row, struct arena *arena, void *into)
{
	*(struct audit_count *)into =
		(struct audit_count){.event = row_text(row, COL_AUDIT_LOG_STATS_EVENT, arena),
			.count = row_int(row, COL_AUDIT_LOG_STATS_TIMES)};
}

enum err
audit_log_stats(struct store *s, struct arena *a, int64_t since_ms, struct audit_count *list,
	size_t limit, size_t *ret_count)
{
	return store_rows(s, SQL_AUDIT_LOG_STATS,
		PARAMS(param_id(id_since(since_ms)), param_int((int64_t)limit)), read_count, a,
		(struct store_list){list, sizeof *list, limit}, ret_count);
}

static void
read_expired(const struct row *row, struct arena *arena, void *into)
{
	(void)arena;
	*(struct audit_expired *)into =
		(struct audit_expired){.chain = row_int(row, COL_AUDIT_LOG_EXPIRED_CHAIN),
			.seq = row_int(row, COL_AUDIT_LOG_EXPIRED_SEQ)};
}

enum err
audit_log_expired(struct store *s, struct arena *a, int64_t before_ms, int64_t look,
	struct audit_expired *list, size_t limit, size_t *ret_count)
{
	return store_rows(s, SQL_AUDIT_LOG_EXPIRED,
		PARAMS(param_id(id_since(before_ms)), param_int(look)), read_expired, a,
		(struct store_list){list, sizeof *list, limit}, ret_count);
}
