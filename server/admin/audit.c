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

static enum err
read_query(struct exchange *x, struct audit_query *ret)
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

static void
write_row(struct buf *out, const void *row)
{
	const struct audit_row *r = row;

	json_member_str(out, "id", id_text(out->arena, r->id));
	admin_member_time(out, "at", r->at_ms);
	json_member_str(out, "event", r->event);
	json_member_str(out, "severity", str_of(audit_severity_of(r->event)));
	json_member_str(out, "actor", r->actor);
	json_member_str(out, "target", r->target);
	json_member_str(out, "detail", r->detail);
	json_member_str(out, "request_id", r->request_id);
	json_member_str(out, "ip", r->ip);
	json_member_str(out, "user_agent", r->user_agent);
}

static enum err
list_rows(struct exchange *x)
{
	struct audit_row *rows = arena_array(x->cx.arena, struct audit_row, ADMIN_PAGE_MAX);
	struct admin_list list = {"events", rows, sizeof *rows, 0, 0, write_row};
	struct audit_query query;
	struct id next;
	enum err e;

	if ((e = read_query(x, &query)) ||
		(e = audit_log_find(x->cx.store, x->cx.arena, &query, rows, &list.count, &next)))
		return e;
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

static void
write_count(struct buf *out, const void *row)
{
	const struct audit_count *c = row;

	json_member_str(out, "event", c->event);
	json_member_str(out, "severity", str_of(audit_severity_of(c->event)));
	json_member_i64(out, "count", c->count);
}

enum err
http_admin_audit_stats(struct exchange *x)
{
	struct audit_count counts[AUDIT_EVENT_COUNT];
	int64_t since_ms;
	size_t count;
	enum err e;

	if ((e = read_since(x, &since_ms)) ||
		(e = audit_log_stats(
			 x->cx.store, x->cx.arena, since_ms, counts, AUDIT_EVENT_COUNT, &count)))
		return e;
	return admin_reply_list(
		x, &(struct admin_list){"stats", counts, sizeof *counts, count, 0, write_count});
}
