/* Notes on replies, and the chores of the audit trail. */
#include "server/keep/trail.h"

#include "lib/audit/sign.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/oauth/client.h"
#include "server/engine/work.h"
#include "server/keep/anchor.h"
#include "server/keep/chore.h"
#include "server/route.h"
#include "server/server.h"

#include <stdlib.h>
#include <string.h>

/* A second's worth, and how much of it one source gets. */
enum { NOTES_MAX = 512, NOTES_SHARE = 32 };

struct trail *
trail_new(void)
{
	struct trail *t = xcalloc(1, sizeof *t);

	t->backlog = audit_backlog_new(NOTES_MAX, NOTES_SHARE);
	t->looks = audit_looks_new();
	return t;
}

void
trail_free(struct trail *t)
{
	if (!t)
		return;
	audit_looks_free(t->looks);
	audit_backlog_free(t->backlog);
	free(t);
}

/* ---- notes ---- */

/* What becomes an event; what is not here says nothing about anybody. */
static const struct {
	enum err error;
	enum audit_event event;
} refusals[] = {
	{ERR_INVALID_CLIENT, AUDIT_EVENT_CLIENT_REFUSED},
	{ERR_UNAUTHORIZED_CLIENT, AUDIT_EVENT_CLIENT_REFUSED},
	{ERR_INVALID_GRANT, AUDIT_EVENT_GRANT_REFUSED},
	{ERR_EXPIRED_TOKEN, AUDIT_EVENT_GRANT_REFUSED},
	{ERR_WRONG_USER_CODE, AUDIT_EVENT_USER_CODE_REFUSED},
	{ERR_NOT_REVIEWED, AUDIT_EVENT_USER_CODE_REFUSED},
	{ERR_INVALID_TOKEN, AUDIT_EVENT_TOKEN_REFUSED},
	{ERR_STALE_AUTHENTICATION, AUDIT_EVENT_TOKEN_REFUSED},
	{ERR_INVALID_SCOPE, AUDIT_EVENT_SCOPE_REFUSED},
	{ERR_INSUFFICIENT_SCOPE, AUDIT_EVENT_SCOPE_REFUSED},
	{ERR_CSRF, AUDIT_EVENT_FORM_REFUSED},
	{ERR_FORBIDDEN, AUDIT_EVENT_ACCESS_REFUSED},
	{ERR_TOO_MANY_REQUESTS, AUDIT_EVENT_RATE_LIMITED},
};

static struct audit_record
record_of(struct exchange *x, enum audit_event event, struct str actor, struct str detail)
{
	return (struct audit_record){
		.event = event,
		.actor = actor,
		.target = str_printf(x->cx.arena, "route:%s", x->route->pattern),
		.detail = detail,
	};
}

static void
count_lost(struct exchange *x, bool is_kept)
{
	if (!is_kept)
		metrics_count(x->cx.metrics, METRIC_AUDIT_DROPPED, 0);
}

static void
note(struct exchange *x, enum audit_event event, struct str actor, struct str detail)
{
	struct audit_record record = record_of(x, event, actor, detail);

	count_lost(x, audit_backlog_add(x->server->trail->backlog, &x->cx, &record));
}

/* Whom the session or the socket knows; what a stranger calls itself is no name. */
static struct str
actor_of(struct exchange *x)
{
	if (x->cx.actor.n)
		return x->cx.actor;
	return x->has_session ? audit_actor_user(x->cx.arena, x->user.username) : AUDIT_ANONYMOUS;
}

static struct str
claimed_client(struct exchange *x)
{
	struct id id;

	if (id_parse(form_get(&x->form, "client_id"), &id))
		return STR_NONE;
	return str_printf(x->cx.arena, " client=%.*s", STR_ARG(id_text(x->cx.arena, id)));
}

static void
note_refusal(struct exchange *x)
{
	for (size_t i = 0; i < countof(refusals); i++) {
		if (refusals[i].error != x->reply.error)
			continue;
		note(x, refusals[i].event, actor_of(x),
			str_printf(x->cx.arena, "error=%s%.*s", err_name(x->reply.error),
				STR_ARG(claimed_client(x))));
		return;
	}
}

/* What it leaves in the trail that an operation showed something, whatever was asked and however.
 * The same look again within minutes is counted: lib/audit/look.h. */
static void
note_look(struct exchange *x, const struct op *op)
{
	enum { AUDIT_EVENT_NONE = -1 };
	static const int events[OP_COUNT] = {
#define OP(resource, id, verb, method, path, effect, event, ...) \
	[OP_##resource##_##id] = AUDIT_EVENT_##event,
#include "lib/ops/all.def"
	};

	struct trail *trail = x->server->trail;
	struct audit_record record;

	if (op->effect != OP_LOOKS || events[op->id] == AUDIT_EVENT_NONE)
		return;
	record = record_of(x, (enum audit_event)events[op->id], actor_of(x), STR_NONE);
	count_lost(x, audit_looks_add(trail->looks, trail->backlog, &x->cx, &record));
}

void
trail_note_introspection(struct exchange *x, struct id client, struct id other)
{
	note(x, AUDIT_EVENT_TOKEN_INTROSPECTED, audit_actor_client(x->cx.arena, client),
		str_printf(x->cx.arena, "client=%.*s", STR_ARG(id_text(x->cx.arena, other))));
}

/* By the API or by a page. */
static const struct op *
op_of(const struct exchange *x)
{
	return x->route->flags & ROUTE_ADMIN ? route_op(x->route) : x->op;
}

void
trail_note_reply(struct exchange *x)
{
	if (!x->route)
		return;
	if (x->reply.error)
		note_refusal(x);
	else if (x->reply.status < 300 && op_of(x))
		note_look(x, op_of(x));
}

enum err
trail_ring_open(
	const struct config *config, struct store *s, struct arena *arena, struct audit_ring *ret)
{
	return audit_ring_open(
		s, arena, config->session_secret, config->session_secret_previous, ret);
}

bool
trail_pays(struct exchange *x, const struct audit_record *record)
{
	return audit_backlog_pay(x->server->trail->backlog, &x->cx, record);
}

/* ---- chores ---- */

static enum err
write_notes(struct server *server, struct arena *arena, bool last)
{
	struct audit_flush flush = {.backlog = server->trail->backlog,
		.arena = arena,
		.now_ms = clock_now_ms(),
		.last = last};
	enum err e;

	audit_looks_ripen(server->trail->looks, server->trail->backlog, flush.now_ms, last);
	if (audit_backlog_is_empty(server->trail->backlog))
		return OK;
	e = work_change(server, audit_backlog_write, &flush);
	audit_backlog_settle(&flush, e);
	return e;
}

static void
anchor(struct server *server, struct arena *arena, const struct audit_chain *head)
{
	struct trail *t = server->trail;
	struct diag diag = {""};

	if (head->chain == t->chain && head->head.seq == t->seq)
		return;
	if (anchor_write(arena, server_config(server)->audit_anchor, audit_anchor_text(arena, head),
		    &diag)) {
		log_error("audit head not anchored", log_c("why", diag.text));
		return;
	}
	t->chain = head->chain;
	t->seq = head->head.seq;
}

static enum err
sign(struct server *server, struct arena *arena, bool all)
{
	struct audit_signing *a = arena_new(arena, struct audit_signing);
	enum err e = OK;

	*a = (struct audit_signing){
		.now_ms = clock_now_ms(), .all = all, .more = true, .arena = arena};
	while (!e && a->more) {
		if ((e = work_change(server, audit_sign, a)))
			return e;
		for (size_t i = 0; i < a->count; i++)
			anchor(server, arena, &a->heads[i]);
	}
	return e;
}

enum err
trail_write_notes(const struct chore_call *c)
{
	return write_notes(c->server, c->arena, false);
}

enum err
trail_sign(const struct chore_call *c)
{
	return sign(c->server, c->arena, false);
}

/* ---- the first and the last ---- */

static enum err
record_life(struct server *server, struct arena *arena, enum audit_event event)
{
	struct context cx = {.arena = arena, .now_ms = clock_now_ms()};
	struct audit_change change = {
		.cx = &cx,
		.record =
			{
				.event = event,
				.actor = AUDIT_SYSTEM,
				.target =
					str_printf(arena, "node:%.*s", STR_ARG(server->store.node)),
			},
	};

	return work_change(server, audit_write_change, &change);
}

static void
tell(const char *failed, enum err e)
{
	if (e)
		log_error(failed, log_c("error", err_name(e)));
}

void
trail_begin(struct server *server)
{
	struct arena arena = {0};

	tell("server start not recorded in the audit trail",
		record_life(server, &arena, AUDIT_EVENT_SERVER_STARTED));
	tell("audit head not signed", sign(server, &arena, true));
	arena_free(&arena);
}

void
trail_end(struct server *server)
{
	struct arena arena = {0};

	if (!work_can_commit(server))
		return;
	tell("queued audit events not written", write_notes(server, &arena, true));
	tell("server stop not recorded in the audit trail",
		record_life(server, &arena, AUDIT_EVENT_SERVER_STOPPED));
	tell("audit head not signed", sign(server, &arena, false));
	arena_free(&arena);
}
