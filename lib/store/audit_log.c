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

struct listing {
	struct arena *arena;
	struct audit_row *list;
	size_t count, limit;
};

static enum err
add_row(const struct row *row, void *context)
{
	struct listing *l = context;

	if (l->count == l->limit)
		return OK;
	l->list[l->count++] = (struct audit_row){
		.id = row_id(row, 0),
		.event = row_text(row, 1, l->arena),
		.actor = row_text(row, 2, l->arena),
		.target = row_text(row, 3, l->arena),
		.detail = row_text(row, 4, l->arena),
		.request_id = row_text(row, 5, l->arena),
		.ip = row_text(row, 6, l->arena),
		.user_agent = row_text(row, 7, l->arena),
		.at_ms = row_int(row, 8),
	};
	return OK;
}

enum err
audit_log_list(struct store *s, struct arena *a, struct id before, struct audit_row *list,
	size_t limit, size_t *ret_count)
{
	struct listing l = {.arena = a, .list = list, .limit = limit};
	enum err e = store_each(s, SQL_AUDIT_LOG_LIST,
		PARAMS(param_id(before), param_int((int64_t)limit)), add_row, &l);

	if (e)
		return e;
	*ret_count = l.count;
	return OK;
}

enum err
audit_log_purge(struct store *s, int64_t before_ms, int64_t limit, int64_t *ret_deleted)
{
	static const uint8_t zeros[10];

	return store_change_count(s, SQL_AUDIT_LOG_PURGE,
		PARAMS(param_id(id_make(before_ms, zeros)), param_int(limit)), ret_deleted);
}
