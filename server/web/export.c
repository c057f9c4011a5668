/*
 * The audit trail as a file: CSV, as the Go original has it, or JSON Lines.  A file has the newest
 * rows that the filters leave, and a name that says whether there are more: they are behind
 * ?after= the id of its last row.  `authgate admin audit export` has no limit.
 */
#include "lib/audit/audit.h"
#include "lib/base/clock.h"
#include "server/admin/admin.h"
#include "server/handlers.h"
#include "server/reply.h"
#include "server/web/form.h"

enum { FILE_ROWS = 10000, FILE_MAX = 16 << 20, LOOKS_MAX = 500, LINE_MAX_BYTES = 64 << 10 };

struct export
{
	struct exchange *x;
	struct audit_query query;
	struct buf *out;
	bool is_csv;
	size_t rows;
	bool has_more;
};

static enum err
read_format(struct exchange *x, bool *ret_is_csv)
{
	struct str format = form_get(&x->query, "format");

	if (format.n && !str_is(format, "csv") && !str_is(format, "jsonl"))
		return exchange_problem(x, ERR_INVALID_REQUEST, "format is csv or jsonl");
	*ret_is_csv = !str_is(format, "jsonl");
	return OK;
}

static void
put_row(struct export *e, struct arena *arena, const struct audit_row *row)
{
	const struct audit_event_row event = {*row, str_of(audit_severity_of(row->event))};
	struct buf line;

	e->rows++;
	if (e->is_csv) {
		admin_write_csv(e->out, RESOURCE_audit, &event);
		return;
	}
	buf_init(&line, arena, LINE_MAX_BYTES);
	json_open(&line, '{');
	admin_write(&line, RESOURCE_audit, OP_SHOW, &event);
	json_close(&line, '}');
	buf_add(e->out, buf_str(&line));
	buf_add_char(e->out, '\n');
}

/* The next rows, read into an arena that lives as long as they are written. */
static enum err
put_page(struct export *e, struct arena *arena)
{
	struct audit_row *rows = arena_array(arena, struct audit_row, ADMIN_PAGE_MAX);
	struct id next;
	size_t count;
	enum err err = audit_log_find(e->x->cx.store, arena, &e->query, rows, &count, &next);

	for (size_t i = 0; !err && i < count; i++)
		put_row(e, arena, &rows[i]);
	e->query.before = next;
	e->has_more = !err && !id_is_zero(next);
	return err;
}

static enum err
put_rows(struct export *e)
{
	struct arena arena = {NULL};
	enum err err = OK;

	e->has_more = true;
	for (size_t looks = 0; !err && e->has_more && e->rows < FILE_ROWS && looks < LOOKS_MAX;
		looks++) {
		arena_reset(&arena);
		err = put_page(e, &arena);
	}
	arena_free(&arena);
	return err;
}

/* audit-20261130T201500Z.csv, or -part.csv. */
static struct str
disposition(const struct export *e)
{
	char at[21];
	struct buf name;

	clock_format_utc(e->x->cx.now_ms, at);
	buf_init(&name, e->x->cx.arena, 128);
	buf_add_c(&name, "attachment; filename=\"audit-");
	for (const char *p = at; *p; p++)
		if (*p != '-' && *p != ':')
			buf_add_char(&name, *p);
	buf_add_printf(&name, "%s.%s\"", e->has_more ? "-part" : "", e->is_csv ? "csv" : "jsonl");
	return buf_str(&name);
}

enum err
web_export(struct exchange *x)
{
	struct buf *out = arena_new(x->cx.arena, struct buf);
	struct export e = {.x = x, .out = out};
	enum err err;

	x->op = &ops[OP_audit_export];
	buf_init(out, x->cx.arena, FILE_MAX);
	if ((err = read_format(x, &e.is_csv)) || (err = admin_audit_query(x, &e.query)))
		return err;
	e.query.limit = ADMIN_PAGE_MAX;
	if (e.is_csv)
		admin_write_csv(out, RESOURCE_audit, NULL);
	if ((err = put_rows(&e)))
		return err;
	if (!buf_ok(out))
		return ERR_INTERNAL;
	reply_header(x, "content-disposition", disposition(&e));
	x->reply.status = 200;
	x->reply.content_type =
		e.is_csv ? STR("text/csv; charset=utf-8") : STR("application/jsonl; charset=utf-8");
	x->reply.body = buf_str(out);
	return OK;
}
