/* /api/admin/v1/audit/sign, /verify, /anchor: can the audit trail be trusted? */
#include "server/keep/trail.h"
#include "lib/audit/sign.h"
#include "lib/audit/verify.h"
#include "lib/oauth/keys.h"
#include "server/admin/admin.h"
#include "server/handlers.h"

/* A fraction of a second's work; `next` goes on. */
enum { VERIFY_ROWS = 20000, CHAINS_LOOK = 256 };

/* What is cut off the end of a chain that is being written shows once it is signed. */
enum err
http_admin_audit_sign(struct exchange *x)
{
	struct audit_signing *a = arena_new(x->cx.arena, struct audit_signing);

	*a = (struct audit_signing){.now_ms = x->cx.now_ms, .all = true, .arena = x->cx.arena};
	return admin_done(x, audit_sign, a);
}

static void
write_verdict(struct buf *out, const struct audit_verdict *v)
{
	json_member_bool(out, "intact", !v->fault);
	json_member_i64(out, "rows", v->rows);
	if (!v->fault)
		return;
	json_member_str(out, "fault", str_of(audit_fault_name(v->fault)));
	json_member_i64(out, "chain", v->chain);
	if (v->seq) {
		json_member_i64(out, "seq", v->seq);
		json_member_i64(out, "last", v->last);
	}
	admin_member_id(out, "id", v->id);
	json_member_str(out, "text", audit_verdict_text(out->arena, v));
}

/* Is it the trail that began with this server?  A key that does not open was edited. */
static enum err
verify_beginning(struct exchange *x, struct audit_verdict *ret)
{
	int64_t began_ms = 0;
	enum err e = keys_trail_began(&x->cx, &began_ms);

	if (e == ERR_NOT_GENUINE) {
		*ret = (struct audit_verdict){.fault = AUDIT_KEY_FORGED};
		return OK;
	}
	if (e || !began_ms)
		return e;
	return audit_verify_beginning(x->cx.store, x->cx.arena, began_ms, ret);
}

static enum err
verify_page(struct exchange *x, struct audit_cursor *cursor, struct audit_verdict *ret)
{
	struct audit_ring ring;
	enum err e = trail_ring_open(x->cx.config, x->cx.store, x->cx.arena, &ring);

	if (e)
		return e;
	e = audit_verify(&ring, x->cx.store, cursor, VERIFY_ROWS, ret);
	audit_ring_close(&ring);
	return e;
}

/* What the chains hold, by their own account: whoever waits wants to know how long. */
static enum err
count_rows(struct exchange *x, int64_t *ret)
{
	struct audit_chain *list = arena_array(x->cx.arena, struct audit_chain, CHAINS_LOOK);
	int64_t after = 0, rows = 0;
	size_t count;
	enum err e;

	do {
		e = audit_chain_list(x->cx.store, x->cx.arena, after, list, CHAINS_LOOK, &count);
		for (size_t i = 0; !e && i < count; i++) {
			rows += list[i].head.seq - list[i].floor.seq;
			after = list[i].chain;
		}
	} while (!e && count == CHAINS_LOOK);
	*ret = rows;
	return e;
}

enum err
http_admin_audit_verify(struct exchange *x)
{
	struct audit_cursor cursor = AUDIT_CURSOR_BEGIN;
	struct str after = form_get(&x->query, "after");
	struct audit_verdict verdict = {.fault = AUDIT_INTACT};
	int64_t total = 0;
	struct buf *out;
	enum err e;

	if (after.n && audit_cursor_parse(after, &cursor))
		return exchange_problem(
			x, ERR_INVALID_REQUEST, "after is not the next of a page before");
	if (!after.n && ((e = verify_beginning(x, &verdict)) || (e = count_rows(x, &total))))
		return e;
	if (!verdict.fault && (e = verify_page(x, &cursor, &verdict)))
		return e;
	out = admin_begin(x);
	write_verdict(out, &verdict);
	if (total)
		json_member_i64(out, "total", total);
	if (!verdict.fault && !verdict.done)
		json_member_str(out, "next", audit_cursor_text(x->cx.arena, &cursor));
	return admin_reply(x, 200, out);
}

/* Is what was written down elsewhere still so? */
enum err
http_admin_audit_compare(struct exchange *x)
{
	struct audit_chain head;
	struct audit_ring ring;
	struct buf *out;
	enum err e;

	if (audit_anchor_parse(form_get(&x->query, "head"), &head))
		return exchange_problem(
			x, ERR_INVALID_REQUEST, "head is not an anchored end, audit-head/1/...");
	if ((e = trail_ring_open(x->cx.config, x->cx.store, x->cx.arena, &ring)))
		return e;
	e = audit_anchor_check(&ring, x->cx.store, x->cx.arena, &head);
	audit_ring_close(&ring);
	if (e && e != ERR_NOT_GENUINE && e != ERR_INVALID_TOKEN)
		return e;
	out = admin_begin(x);
	json_member_bool(out, "intact", !e);
	if (e)
		json_member_str(out, "text",
			e == ERR_INVALID_TOKEN
				? STR("The anchor is not ours: it was edited, or SESSION_SECRET is "
				      "not the one it was written under.")
				: str_printf(x->cx.arena,
					  "Row %lld of chain %lld is not what was anchored: the "
					  "trail was cut, or replaced by an older copy.",
					  (long long)head.head.seq, (long long)head.chain));
	return admin_reply(x, 200, out);
}
