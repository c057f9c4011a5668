/* The audit log: statements. */
#include "lib/store/audit_log.h"

enum err
audit_log_insert(struct store *s, const struct audit_row *r)
{
	return store_run(s, SQL_AUDIT_LOG_INSERT,
		PARAMS(param_id(r->id), param_text(r->event), param_text(r->actor),
			param_text(r->target), param_text(r->detail), param_text(r->request_id),
			param_text(r->ip), param_text(r->user_agent), param_int(r->at_ms)));
}

static void
read_row(const struct row *row, struct arena *arena, void *into)
{
	*(struct audit_row *)into = (struct audit_row){
		.id = row_id(row, 0),
		.event = row_text(row, 1, arena),
		.actor = row_text(row, 2, arena),
		.target = row_text(row, 3, arena),
		.detail = row_text(row, 4, arena),
		.request_id = row_text(row, 5, arena),
		.ip = row_text(row, 6, arena),
		.user_agent = row_text(row, 7, arena),
		.at_ms = row_int(row, 8),
	};
}

enum err
audit_log_list(struct store *s, struct arena *a, struct id before, struct audit_row *list,
	size_t limit, size_t *ret_count)
{
	return store_rows(s, SQL_AUDIT_LOG_LIST,
		PARAMS(param_id(before), param_int((int64_t)limit)), read_row, a,
		(struct store_list){list, sizeof *list, limit}, ret_count);
}

/* The lowest id of an instant. */
static struct param
id_since(int64_t ms)
{
	static const uint8_t zeros[10];

	return param_id(id_make(ms, zeros));
}

enum err
audit_log_find(struct store *s, struct arena *a, const struct audit_query *q,
	struct audit_row *list, size_t *ret_count)
{
	return store_rows(s, SQL_AUDIT_LOG_FIND,
		PARAMS(param_id(q->before), id_since(q->since_ms), param_text_or_null(q->event),
			param_text_or_null(q->actor), param_text_or_null(q->target),
			param_int((int64_t)q->limit)),
		read_row, a, (struct store_list){list, sizeof *list, q->limit}, ret_count);
}

static void
read_count(const struct row *row, struct arena *arena, void *into)
{
	*(struct audit_count *)into =
		(struct audit_count){.event = row_text(row, 0, arena), .count = row_int(row, 1)};
}

enum err
audit_log_stats(struct store *s, struct arena *a, int64_t since_ms, struct audit_count *list,
	size_t limit, size_t *ret_count)
{
	return store_rows(s, SQL_AUDIT_LOG_STATS,
		PARAMS(id_since(since_ms), param_int((int64_t)limit)), read_count, a,
		(struct store_list){list, sizeof *list, limit}, ret_count);
}

enum err
audit_log_purge(struct store *s, int64_t before_ms, int64_t limit, int64_t *ret_deleted)
{
	static const uint8_t zeros[10];

	return store_change_count(s, SQL_AUDIT_LOG_PURGE,
		PARAMS(param_id(id_make(before_ms, zeros)), param_int(limit)), ret_deleted);
}
