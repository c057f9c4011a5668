/* Migrations: compares what ran with what is embedded, and runs the difference. */
#include "lib/store/migrate.h"

#include "lib/base/clock.h"
#include "lib/base/embedded.h"
#include "lib/base/holds.h"
#include "lib/store/driver.h"
#include "lib/store/snapshot.h"

#include "migrations.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_MIGRATIONS = 512, NAME_SIZE = 80, VERSION_DIGITS = 4 };

static const char create_table[] =
	"CREATE TABLE IF NOT EXISTS schema_migrations ("
	"version INTEGER NOT NULL PRIMARY KEY, name TEXT NOT NULL, sha256 TEXT NOT NULL, "
	"applied_ms INTEGER NOT NULL)";

/* One version: its files, and its row if it ran. */
struct migration {
	int version;
	char name[NAME_SIZE]; /* "0001_init" */
	const struct embedded_file *up;
	const struct embedded_file *down;
	struct str applied_name;
	struct str applied_sha256;
	int64_t applied_ms; /* 0: pending */
};

struct plan {
	struct store *store;
	struct arena arena;
	struct migration list[MAX_MIGRATIONS]; /* list[i] has version i + 1 */
	int count;                             /* versions known or applied */
	int applied;                           /* newest version applied */
	bool is_newer;                         /* than this program */
};

/* The version in "0001_init.up.sql", 0 if the name has another form. */
static int
version_of(const char *name)
{
	int version = 0;

	for (int i = 0; i < VERSION_DIGITS; i++) {
		if (name[i] < '0' || name[i] > '9')
			return 0;
		version = version * 10 + (name[i] - '0');
	}
	return name[VERSION_DIGITS] == '_' && version <= MAX_MIGRATIONS ? version : 0;
}

static enum err
add_file(struct plan *p, const struct embedded_file *file, struct diag *diag)
{
	struct str name = str_of(file->name);
	bool is_up = str_ends(name, STR(".up.sql"));
	size_t suffix = is_up ? sizeof ".up.sql" - 1 : sizeof ".down.sql" - 1;
	int version = version_of(file->name);
	struct migration *m;

	if (!version || (!is_up && !str_ends(name, STR(".down.sql"))) ||
		name.n - suffix >= NAME_SIZE)
		return diag_set(
			diag, ERR_CONFIG, "%s: not named NNNN_name.{up,down}.sql", file->name);
	m = &p->list[version - 1];
	if (is_up ? m->up != NULL : m->down != NULL)
		return diag_set(
			diag, ERR_CONFIG, "%s: there are two of version %d", file->name, version);
	m->version = version;
	(void)snprintf(m->name, sizeof m->name, "%.*s", STR_ARG(str_first(name, name.n - suffix)));
	if (is_up)
		m->up = file;
	else
		m->down = file;
	p->count = version > p->count ? version : p->count;
	return OK;
}

static enum err
read_applied(const struct row *row, void *context)
{
	struct plan *p = context;
	int64_t version = row_int(row, COL_MIGRATION_VERSION);
	struct migration *m;

	if (version < 1 || version > MAX_MIGRATIONS)
		return ERR_STORE;
	m = &p->list[version - 1];
	m->version = (int)version;
	m->applied_name = row_text(row, COL_MIGRATION_NAME, &p->arena);
	m->applied_sha256 = row_text(row, COL_MIGRATION_SHA256, &p->arena);
	m->applied_ms = row_int(row, COL_MIGRATION_APPLIED_MS);
	p->applied = m->version;
	p->count = p->applied > p->count ? p->applied : p->count;
	return OK;
}

static int
newest(void)
{
	int version = 0;

	for (size_t i = 0; i < migrations_count; i++)
		if (version_of(migrations[i].name) > version)
			version = version_of(migrations[i].name);
	return version;
}

/* The past must be what this program would have done. */
static enum err
judge(struct plan *p, struct diag *diag)
{
	for (int i = 0; i < p->count; i++) {
		const struct migration *m = &p->list[i];

		p->is_newer = m->applied_ms && !m->up;
		if (p->is_newer)
			return diag_set(diag, ERR_CONFIG,
				"the schema has migration %.*s, which this program does not know: "
				"it is "
				"newer; use the program that made it",
				STR_ARG(m->applied_name));
		if (!m->up)
			return diag_set(diag, ERR_CONFIG, "migration %04d is missing", i + 1);
		if (i < p->applied && !m->applied_ms)
			return diag_set(diag, ERR_CONFIG,
				"%s was never applied, but a later one was", m->name);
		if (m->applied_ms && !str_is(m->applied_sha256, m->up->sha256))
			return diag_set(diag, ERR_CONFIG,
				"%s was edited after it had been applied; restore it and write a "
				"new one",
				m->up->name);
	}
	return OK;
}

/* Since version 15 PostgreSQL lets only its owner make tables in a database. */
static enum err
store_failed(struct plan *p, const char *what, struct diag *diag)
{
	const char *why = store_error(p->store);

	return diag_set(diag, ERR_STORE, "%s: %s%s", what, why,
		strstr(why, "permission denied for schema")
			? "; make the user of database.dsn the owner of the database, or run in "
			  "it: "
			  "GRANT CREATE, USAGE ON SCHEMA public TO that user"
			: "");
}

/* Reads both sides; call inside the transaction that will act on them. */
static enum err
load(struct plan *p, struct diag *diag)
{
	enum err e;

	memset(p->list, 0, sizeof p->list);
	p->count = p->applied = 0;
	for (size_t i = 0; i < migrations_count; i++)
		if ((e = add_file(p, &migrations[i], diag)))
			return e;
	if (store_each(p->store, SQL_MIGRATION_LIST, NO_PARAMS, read_applied, p))
		return store_failed(p, "schema_migrations", diag);
	return judge(p, diag);
}

static enum err
open_plan(const struct store_setup *setup, struct plan **ret, struct diag *diag)
{
	struct store_setup writer = *setup;
	struct plan *p = xcalloc(1, sizeof *p);
	enum err e;

	writer.writer = true;
	if ((e = store_open_unprepared(&writer, &p->store, diag))) {
		free(p);
		return e;
	}
	*ret = p;
	return OK;
}

static void
close_plan(struct plan *p)
{
	store_close(p->store);
	arena_free(&p->arena);
	free(p);
}

/* A schema that is newer than this program: what leads back to the one that it knows. */
static enum err
tell_way_back(struct plan *p, const struct store_setup *setup, enum err e, struct diag *diag)
{
	struct diag why = *diag;
	const char *copy;

	if (!p->is_newer)
		return e;
	copy = snapshot_path(&p->arena, setup, newest());
	if (copy)
		return diag_set(diag, e,
			"%s; or go back to the copy that was made before: authgate migrate restore "
			"%s --yes",
			why.text, copy);
	return diag_set(diag, e,
		"%s; or have that one go back: authgate migrate down --to %d --yes", why.text,
		newest());
}

/* Begins the transaction that keeps other migrating processes out. */
static enum err
begin(struct plan *p, struct diag *diag)
{
	const struct driver *driver = store_driver(p->store);
	const char *table =
		driver->translate ? driver->translate(&p->arena, create_table) : create_table;

	if (store_begin(p->store))
		return store_failed(p, "the schema cannot be locked", diag);
	if (driver->schema_lock && store_exec(p->store, driver->schema_lock))
		return store_failed(p, "the schema cannot be locked", diag);
	if (store_exec(p->store, table))
		return store_failed(p, "schema_migrations", diag);
	return OK;
}

static enum err
run_file(struct plan *p, const struct embedded_file *file, struct diag *diag)
{
	const struct driver *driver = store_driver(p->store);
	const char *sql = (const char *)file->bytes;

	if (driver->translate)
		sql = driver->translate(&p->arena, sql);
	if (store_exec(p->store, sql))
		return store_failed(p, file->name, diag);
	return OK;
}

/* Applies the oldest pending migration, if there is one. */
static enum err
step_up(struct plan *p, bool *ret_applied, struct diag *diag)
{
	const struct migration *m;
	enum err e;

	if ((e = load(p, diag)))
		return e;
	*ret_applied = p->applied < p->count;
	if (!*ret_applied)
		return OK;
	HOLDS(p->applied >= 0);
	m = &p->list[p->applied];
	if ((e = run_file(p, m->up, diag)))
		return e;
	if (store_run(p->store, SQL_MIGRATION_INSERT,
		    PARAMS(param_int(m->version), param_text(str_of(m->name)),
			    param_text(str_of(m->up->sha256)), param_int(clock_now_ms()))))
		return store_failed(p, m->name, diag);
	return OK;
}

/* Undoes the newest migration if it is above `to`. */
static enum err
step_down(struct plan *p, int to, bool *ret_undone, struct diag *diag)
{
	const struct migration *m;
	enum err e;

	if ((e = load(p, diag)))
		return e;
	*ret_undone = p->applied > to;
	if (!*ret_undone)
		return OK;
	HOLDS(p->applied > 0 && p->applied <= p->count);
	m = &p->list[p->applied - 1];
	if (!m->down)
		return diag_set(diag, ERR_CONFIG, "%s has no down file", m->name);
	if ((e = run_file(p, m->down, diag)))
		return e;
	if (store_change_one(p->store, SQL_MIGRATION_DELETE, PARAMS(param_int(m->version))))
		return store_failed(p, m->name, diag);
	return OK;
}

/* One step in its own transaction; `to` below zero goes up. */
static enum err
step(struct plan *p, int to, bool *ret_moved, struct diag *diag)
{
	enum err e = begin(p, diag);

	if (!e)
		e = to < 0 ? step_up(p, ret_moved, diag) : step_down(p, to, ret_moved, diag);
	if (!e && (e = store_commit(p->store)))
		(void)store_failed(p, "the migration was not committed", diag);
	if (e)
		store_rollback(p->store);
	return e;
}

/* What is there is copied before anything is changed. */
static enum err
keep_copy(struct plan *p, const struct store_setup *setup, struct diag *diag)
{
	enum err e = begin(p, diag);

	if (!e)
		e = load(p, diag);
	store_rollback(p->store);
	if (e || !p->applied || p->applied == p->count)
		return e;
	if ((e = snapshot_make(setup, p->applied, diag))) {
		struct diag why = *diag;

		return diag_set(diag, e,
			"the copy before a migration cannot be made: %s; make room, or set "
			"database.snapshot to false",
			why.text);
	}
	return OK;
}

static enum err
move(const struct store_setup *setup, int to, int *ret_steps, struct diag *diag)
{
	struct plan *p;
	bool moved = true;
	int steps = -1;
	enum err e;

	if ((e = open_plan(setup, &p, diag)))
		return e;
	if (to < 0 && setup->snapshots)
		e = keep_copy(p, setup, diag);
	while (!e && moved) {
		e = step(p, to, &moved, diag);
		steps++;
	}
	e = tell_way_back(p, setup, e, diag);
	close_plan(p);
	if (!e && ret_steps)
		*ret_steps = steps;
	return e;
}

enum err
migrate_up(const struct store_setup *setup, int *ret_applied, struct diag *diag)
{
	return move(setup, -1, ret_applied, diag);
}

enum err
migrate_down(const struct store_setup *setup, int to, struct diag *diag)
{
	if (to < 0)
		return diag_set(diag, ERR_CONFIG, "there is no version %d", to);
	return move(setup, to, NULL, diag);
}

enum err
migrate_version(const struct store_setup *setup, int *ret, struct diag *diag)
{
	struct plan *p;
	enum err e;

	if ((e = open_plan(setup, &p, diag)))
		return e;
	if (!(e = begin(p, diag)) && !(e = load(p, diag)))
		*ret = p->applied;
	store_rollback(p->store);
	e = tell_way_back(p, setup, e, diag);
	close_plan(p);
	return e;
}

static void
report_one(const struct migration *m, migrate_report *report, void *context)
{
	char line[160], when[21];

	if (!m->applied_ms) {
		(void)snprintf(line, sizeof line, "%s pending", m->name);
	} else {
		clock_format_utc(m->applied_ms, when);
		(void)snprintf(line, sizeof line, "%s applied %s", m->name, when);
	}
	report(context, line);
}

enum err
migrate_status(
	const struct store_setup *setup, migrate_report *report, void *context, struct diag *diag)
{
	struct plan *p;
	enum err e;

	if ((e = open_plan(setup, &p, diag)))
		return e;
	if (!(e = begin(p, diag)))
		e = load(p, diag);
	store_rollback(p->store);
	for (int i = 0; !e && i < p->count; i++)
		report_one(&p->list[i], report, context);
	close_plan(p);
	return e;
}

static enum err
check_complete(const struct plan *p, struct diag *diag)
{
	if (p->applied == p->count)
		return OK;
	return diag_set(diag, ERR_CONFIG, "%s is pending; run `authgate migrate up`",
		p->list[p->applied].name);
}

enum err
migrate_check(struct store *s, struct diag *diag)
{
	struct plan *p = xcalloc(1, sizeof *p);
	enum err e;

	p->store = s;
	if (!(e = load(p, diag)))
		e = check_complete(p, diag);
	arena_free(&p->arena);
	free(p);
	return e;
}

enum err
migrate_verify(const struct store_setup *setup, struct diag *diag)
{
	struct plan *p;
	enum err e;

	if ((e = open_plan(setup, &p, diag)))
		return e;
	if (!(e = begin(p, diag)))
		e = load(p, diag);
	store_rollback(p->store);
	if (!e)
		e = check_complete(p, diag);
	close_plan(p);
	return e;
}

enum err
migrate_probe(struct store *s, void *unused)
{
	int64_t count;
	enum err e = store_count(s, SQL_MIGRATION_COUNT, PARAMS(param_int(newest())), &count);

	(void)unused;
	if (e)
		return e;
	return count ? OK : ERR_NO_ROW;
}

enum err
migrate_probe_writing(struct store *s, void *unused)
{
	(void)unused;
	return store_change_one(s, SQL_MIGRATION_TOUCH, PARAMS(param_int(newest())));
}
