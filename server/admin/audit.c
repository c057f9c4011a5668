/* /api/admin/v1/audit */
#include "lib/audit/audit.h"
#include "lib/base/duration.h"
#include "lib/store/audit_log.h"
#include "server/admin/admin.h"
#include "server/handlers.h"

#include <string.h>

/* ?since=24h: how far to look back; without it, to the beginning. */
static enum err
read_since(struct exchange *x, int64_t *ret_ms)
{
	struct str since = form_get(&x->query, "since");
	int64_t ago_ms = x->cx.now_ms;

	if (since.n && duration_parse_ms(since, &ago_ms))
		return exchange_problem(
			x, ERR_INVALID_REQUEST, "since is a duration, as 90m, 24h or 30d");
	*ret_ms = ago_ms > x->cx.now_ms ? 0 : x->cx.now_ms - ago_ms;
	return OK;
}

enum err
admin_audit_query(struct exchange *x, struct audit_query *ret)
{
	struct audit_query q = {
		.event = form_get(&x->query, "event"),
		.actor = form_get(&x->query, "actor"),
		.target = form_get(&x->query, "target"),
	};
	struct admin_page page;
	enum err e;

	if ((e = admin_read_page(x, &page)) || (e = read_since(x, &q.since_ms)))
		return e;
	q.before = page.after;
	q.limit = page.limit;
	if (id_is_zero(page.after))
		memset(&q.before, 0xff, sizeof q.before);
	*ret = q;
	return OK;
}

static enum err
list_rows(struct exchange *x)
{
	struct audit_row *rows = arena_array(x->cx.arena, struct audit_row, ADMIN_PAGE_MAX);
	struct audit_event_row *events =
		arena_array(x->cx.arena, struct audit_event_row, ADMIN_PAGE_MAX);
	struct admin_list list = {RESOURCE_audit, events, sizeof *events, 0, 0};
	struct audit_query query;
	struct id next;
	enum err e;

	if ((e = admin_audit_query(x, &query)) ||
		(e = audit_log_find(x->cx.store, x->cx.arena, &query, rows, &list.count, &next)))
		return e;
	for (size_t i = 0; i < list.count; i++)
		events[i] =
			(struct audit_event_row){rows[i], str_of(audit_severity_of(rows[i].event))};
	return admin_reply_page(x, &list, next);
}

enum err
http_admin_audit_list(struct exchange *x)
{
	return list_rows(x);
}

/* The same rows; the trail knows that they were taken away. */
enum err
http_admin_audit_export(struct exchange *x)
{
	return list_rows(x);
}

enum err
http_admin_audit_stats(struct exchange *x)
{
	struct audit_count counts[AUDIT_EVENT_COUNT];
	struct audit_count_row rows[AUDIT_EVENT_COUNT];
	int64_t since_ms;
	size_t count;
	enum err e;

	if ((e = read_since(x, &since_ms)) ||
		(e = audit_log_stats(
			 x->cx.store, x->cx.arena, since_ms, counts, AUDIT_EVENT_COUNT, &count)))
		return e;
	for (size_t i = 0; i < count; i++)
		rows[i] = (struct audit_count_row){
			counts[i], str_of(audit_severity_of(counts[i].event))};
	return admin_reply_list(
		x, &(struct admin_list){RESOURCE_audit_count, rows, sizeof *rows, count, 0});
}
