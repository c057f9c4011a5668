/* One exchange after the other, without loops and threads. */
#include "server/offline.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/store/migrate.h"
#include "server/gate/dispatch.h"
#include "server/keep/trail.h"
#include "server/prepare.h"

#include <stdlib.h>
#include <unistd.h>

struct offline {
	struct server server;
	struct store *store;
	struct exchange exchange;
	struct header type; /* of a body */
	uint64_t count;
};

static enum err
check_use(const struct store_setup *setup, struct diag *diag)
{
	bool in_use = false;
	enum err e = store_in_use(setup, &in_use, diag);

	if (e || !in_use)
		return e;
	return diag_set(diag, ERR_CONFLICT,
		"a program has the database open: use the server's socket, without --offline, "
		"or stop it");
}

static enum err
prepare(struct offline *o, const struct config_result *loaded, bool force, struct diag *diag)
{
	struct server *server = &o->server;
	struct issuer *issuer;
	enum err e;

	if ((e = server_prepare(server, loaded, diag)))
		return e;
	/* Errors are the caller's to tell. */
	log_setup(LOG_LOGFMT, LOG_ERROR, STDERR_FILENO);
	if (!force && (e = check_use(&server->store, diag)))
		return e;
	if ((e = migrate_verify(&server->store, diag)))
		return e;
	server->store.writer = true;
	if ((e = store_open(&server->store, &o->store, diag)))
		return e;
	if ((e = issuer_open(&loaded->config, o->store, clock_now_ms(), &issuer, diag)))
		return e;
	atomic_store(&server->issuer, issuer);
	return OK;
}

enum err
offline_open(
	const struct config_result *loaded, bool force, struct offline **ret, struct diag *diag)
{
	struct offline *o = xcalloc(1, sizeof *o);
	enum err e = prepare(o, loaded, force, diag);

	if (e) {
		offline_close(o);
		return e;
	}
	*ret = o;
	return OK;
}

/* What was shown is in the trail, as it is where a server shows it.  On a full disk people still
 * have to see what there is. */
static void
write_notes(struct offline *o)
{
	struct exchange *x = &o->exchange;
	struct audit_backlog *backlog = o->server.trail->backlog;
	struct audit_flush flush = {
		.backlog = backlog, .arena = x->cx.arena, .now_ms = x->cx.now_ms};
	enum err e;

	if (audit_backlog_is_empty(backlog))
		return;
	e = store_transaction(o->store, audit_backlog_write, &flush);
	audit_backlog_settle(&flush, e);
	if (e)
		log_error("audit event not written", log_c("error", err_name(e)));
}

void
offline_close(struct offline *o)
{
	if (!o)
		return;
	if (o->store) {
		audit_looks_ripen(
			o->server.trail->looks, o->server.trail->backlog, INT64_MAX, true);
		write_notes(o);
	}
	json_free(o->exchange.json);
	arena_free(&o->exchange.arena);
	store_close(o->store);
	server_release(&o->server);
	free(o);
}

static void
fill(struct offline *o, struct str method, struct str target, struct str json)
{
	struct exchange *x = &o->exchange;

	exchange_reset(x);
	x->server = &o->server;
	x->started_us = clock_monotonic_us();
	x->cx.now_ms = clock_now_ms();
	x->cx.deadline_us = INT64_MAX;
	x->cx.store = o->store;
	x->request.method = method_parse(method);
	x->request.target = str_copy(x->cx.arena, target);
	x->request.body = str_copy(x->cx.arena, json);
	x->request.peer_uid = (int64_t)getuid();
	x->request.offline = true;
	o->type = (struct header){STR("content-type"), STR("application/json")};
	x->request.headers = &o->type;
	x->request.header_count = json.n ? 1 : 0;
}

/* One thread is every lane. */
static void
handle(struct exchange *x)
{
	while (!dispatch_handle(x))
		;
}

static void
commit(struct offline *o)
{
	struct exchange *x = &o->exchange;
	enum err e;

	while (exchange_changes(x)) {
		e = store_transaction(o->store, x->change, x->change_arg);
		if (dispatch_must_rerun(x, e))
			handle(x);
		else
			dispatch_committed(x, e);
	}
}

const struct reply *
offline_request(struct offline *o, struct str method, struct str target, struct str json)
{
	struct exchange *x = &o->exchange;

	fill(o, method, target, json);
	if (dispatch_route(x, o->count++) && dispatch_guard(x))
		handle(x);
	commit(o);
	trail_note_reply(x);
	write_notes(o);
	return &x->reply;
}
