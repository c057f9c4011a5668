/* The whole move, table by table. */
#include "lib/import/importing.h"

#include "lib/audit/audit.h"
#include "lib/store/copy.h"
#include "lib/store/driver.h"
#include "lib/store/go_source.h"
#include "lib/store/migrate.h"

/* Reading a large table of theirs takes a while, and ours waits meanwhile. */
enum { STATEMENT_TIMEOUT_S = 3600 };

static const char *const table_names[FROM_GO_TABLES] = {
	[FROM_GO_USERS] = "users",
	[FROM_GO_CLIENTS] = "clients",
	[FROM_GO_CONSENTS] = "consents",
	[FROM_GO_REFRESH_TOKENS] = "refresh tokens",
	[FROM_GO_CONNECTIONS] = "connections",
};

/* Stays behind as a whole. */
static const struct {
	const char *what, *why;
} left_behind[GO_COUNTS] = {
	[GO_ACCESS_TOKENS] = {"access tokens", "clients get new ones by their refresh tokens"},
	[GO_DEVICE_CODES] = {"device codes", "who is signing in just now begins again"},
	[GO_AUTHORIZATION_CODES] = {"authorization codes", "they live for minutes"},
	[GO_AUDIT_LOGS] = {"audit log rows",
		"they are not this server's to vouch for; keep the old database"},
	[GO_COUNT_CONNECTIONS] = {"connections to other servers",
		"the original makes them by address; --dry-run --add-connections names them"},
};

const char *
from_go_table_name(enum from_go_table table)
{
	return table_names[table];
}

static void
tell(struct importing *im, const char *line)
{
	if (im->report->tell)
		im->report->tell(im->report->context, line);
}

static enum err
count_what_comes(struct importing *im)
{
	static const enum go_count counts[FROM_GO_TABLES] = {
		[FROM_GO_USERS] = GO_COUNT_USERS,
		[FROM_GO_CLIENTS] = GO_COUNT_CLIENTS,
		[FROM_GO_CONSENTS] = GO_COUNT_CONSENTS,
		[FROM_GO_REFRESH_TOKENS] = GO_COUNT_REFRESH_TOKENS,
		[FROM_GO_CONNECTIONS] = GO_COUNT_CONNECTIONS,
	};
	enum err e = OK;

	for (size_t i = 0; !e && i < FROM_GO_TABLES; i++)
		e = go_count(im->from, counts[i], &im->report->tables[i].total);
	return e;
}

static enum err
count_the_rest(struct importing *im)
{
	for (size_t i = 0; i < GO_COUNTS; i++) {
		int64_t n = 0;
		enum err e = OK;

		if (i != GO_COUNT_CONNECTIONS || !im->add_connections)
			e = go_count(im->from, (enum go_count)i, &n);

		if (e)
			return e;
		if (n)
			tell(im, arena_printf(&im->arena, "%lld %s stay behind: %s", (long long)n,
					 left_behind[i].what, left_behind[i].why));
	}
	return OK;
}

static enum err
note_in_audit_trail(struct importing *im)
{
	const struct from_go_report *r = im->report;
	const struct audit_record record = {
		.event = AUDIT_EVENT_IMPORTED,
		.actor = AUDIT_SYSTEM,
		.detail = str_printf(&im->arena,
			"users=%lld clients=%lld consents=%lld tokens=%lld connections=%lld",
			(long long)r->tables[FROM_GO_USERS].imported,
			(long long)r->tables[FROM_GO_CLIENTS].imported,
			(long long)r->tables[FROM_GO_CONSENTS].imported,
			(long long)r->tables[FROM_GO_REFRESH_TOKENS].imported,
			(long long)r->tables[FROM_GO_CONNECTIONS].imported),
	};
	enum err e;

	e = audit_write(im->cx.store, &im->cx, &record);
	return e ? importing_failed(im, e, "audit_log") : OK;
}

/* What holds for many clients alike. */
static void
tell_of_clients(struct importing *im)
{
	if (im->with_secret)
		tell(im, arena_printf(&im->arena,
				 "clients: %lld with a secret could introspect everybody's tokens; "
				 "here a resource server takes `authgate admin client edit ID "
				 "--introspect-all`",
				 (long long)im->with_secret));
	if (im->with_rs256)
		tell(im,
			arena_printf(&im->arena,
				"clients: ID tokens of %lld will be signed with RS256, which takes "
				"four times the processor time of ES256; "
				"ID_TOKEN_SIGNING_ALGORITHM=ES256 chooses that for all who come",
				(long long)im->with_rs256));
}

static enum err
import_tables(struct importing *im)
{
	enum err e;

	if ((e = copy_check_empty(im->cx.store, im->diag)))
		return e;
	if ((e = count_what_comes(im)) || (e = importing_users(im)) ||
		(e = importing_clients(im)) || (e = importing_grants(im)) ||
		(e = importing_connections(im)) || (e = count_the_rest(im)))
		return im->diag->text[0] ? e
					 : diag_set(im->diag, e,
						   "this is no database of the Go original as of "
						   "May 2026: %s",
						   store_error(im->from));
	importing_sum_up(im);
	if (!im->has_admin)
		tell(im, "users: no active admin with a password has come along: make one with "
			 "`authgate admin user create`");
	tell_of_clients(im);
	return note_in_audit_trail(im);
}

static enum err
import_in_transaction(struct importing *im, bool dry_run)
{
	struct store *to = im->cx.store;
	const char *lock = store_driver(to)->schema_lock;
	enum err e;

	if (store_begin(to) || (lock && store_exec(to, lock)))
		return importing_failed(im, ERR_STORE, "lock");
	e = import_tables(im);
	if (!e && !dry_run && (e = store_commit(to)))
		e = importing_failed(im, e, "commit");
	if (e || dry_run)
		store_rollback(to);
	return e;
}

static enum err
open_both(const struct from_go_request *r, struct importing *im)
{
	struct store_setup from = r->from, to = r->to;
	enum err e;

	from.writer = false;
	to.writer = true;
	audit_key(r->config->session_secret, &im->audit_key);
	to.node = STR("migrate");
	to.audit_key = &im->audit_key;
	from.statement_timeout_s = to.statement_timeout_s = STATEMENT_TIMEOUT_S;
	if ((e = store_open_unprepared(&from, &im->from, im->diag)))
		return e;
	if ((e = migrate_up(&to, NULL, im->diag)))
		return e;
	return store_open(&to, &im->cx.store, im->diag);
}

enum err
from_go(const struct from_go_request *r, struct from_go_report *report, struct diag *diag)
{
	struct importing im = {
		.cx = {.config = r->config, .now_ms = r->now_ms, .actor = AUDIT_SYSTEM},
		.report = report,
		.diag = diag,
		.add_scopes = r->add_scopes,
		.add_connections = r->add_connections,
	};
	enum err e;

	im.cx.arena = &im.arena;
	if (str_eq(r->from.driver, r->to.driver) && str_eq(r->from.dsn, r->to.dsn))
		return diag_set(diag, ERR_CONFIG,
			"the configured database is the one to move in from: name another one with "
			"DATABASE_DSN");
	if (!(e = open_both(r, &im))) {
		if (store_begin_snapshot(im.from))
			e = diag_set(diag, ERR_STORE, "source: %s", store_error(im.from));
		else
			e = import_in_transaction(&im, r->dry_run);
		store_rollback(im.from);
	}
	store_close(im.cx.store);
	store_close(im.from);
	secret_free(&im.audit_key);
	arena_free(&im.arena);
	return e;
}
