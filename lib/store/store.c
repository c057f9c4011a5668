/* Statements, rows and transactions over whichever driver is open. */
#include "lib/store/store.h"

#include "lib/base/holds.h"
#include "lib/crypto/random.h"
#include "lib/metrics/metrics.h"
#include "lib/store/driver.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { ATTEMPTS_MAX = 5, PAUSE_NS = 2 * 1000 * 1000 };

struct store {
	const struct driver *driver;
	void *connection;
	struct metrics_shard *metrics;
	bool wrote; /* since it was last cleared, something that may need undoing */
	bool dirty; /* the same since BEGIN */
	uint64_t writes;
	char *node;
	struct hmac *hmac;
	struct chain_end end, end_at_begin;
	uint64_t session; /* in which end was true */
};

static enum err
find_driver(const struct store_setup *setup, const struct driver **ret, struct diag *diag)
{
	if (!(*ret = driver_find(setup->driver)))
		return diag_set(diag, ERR_CONFIG, "there is no database driver \"%.*s\"",
			STR_ARG(setup->driver));
	return OK;
}

enum err
store_in_use(const struct store_setup *setup, bool *ret, struct diag *diag)
{
	const struct driver *driver;
	enum err e = find_driver(setup, &driver, diag);

	return e ? e : driver->in_use(setup, ret, diag);
}

enum err
store_open_unprepared(const struct store_setup *setup, struct store **ret, struct diag *diag)
{
	const struct driver *driver;
	void *connection;
	enum err e;

	if ((e = find_driver(setup, &driver, diag)))
		return e;
	if ((e = driver->open(setup, &connection, diag))) {
		metrics_count(setup->metrics, METRIC_QUERY_ERRORS, LABEL_QUERY_CONNECT);
		return e;
	}
	metrics_add(setup->metrics, METRIC_DB_OPEN, 0, 1);
	*ret = xcalloc(1, sizeof **ret);
	**ret = (struct store){
		.driver = driver, .connection = connection, .metrics = setup->metrics};
	(*ret)->node = xcalloc(1, setup->node.n + 1);
	(void)memcpy((*ret)->node, setup->node.n ? setup->node.p : "", setup->node.n);
	if (setup->audit_key)
		(*ret)->hmac = hmac_new(setup->audit_key);
	return OK;
}

enum err
store_open(const struct store_setup *setup, struct store **ret, struct diag *diag)
{
	struct store *s;
	enum err e;

	if ((e = store_open_unprepared(setup, &s, diag)))
		return e;
	if ((e = s->driver->prepare(s->connection, diag))) {
		store_close(s);
		return e;
	}
	*ret = s;
	return OK;
}

void
store_close(struct store *s)
{
	if (!s)
		return;
	s->driver->close(s->connection);
	metrics_add(s->metrics, METRIC_DB_OPEN, 0, -1);
	hmac_free(s->hmac);
	free(s->node);
	free(s);
}

int64_t
store_rest(struct store *s)
{
	return s->driver->rest ? s->driver->rest(s->connection) : 0;
}

const char *
store_library(struct str name)
{
	const struct driver *driver = driver_find(name);

	return driver ? driver->library() : NULL;
}

bool
store_reads_are_local(struct str name)
{
	const struct driver *driver = driver_find(name);

	return driver && driver->reads_are_local;
}

bool
store_wait_for_lock(struct store *s, int64_t limit_ms)
{
	HOLDS(limit_ms >= 0);
	if (s->driver->wait_for_lock)
		s->driver->wait_for_lock(s->connection, limit_ms);
	return s->driver->wait_for_lock != NULL;
}

const char *
store_error(struct store *s)
{
	return s->driver->error(s->connection);
}

enum store_trouble
store_trouble(struct store *s)
{
	return s->driver->trouble(s->connection);
}

uint64_t
store_writes(const struct store *s)
{
	return s->writes;
}

const struct driver *
store_driver(const struct store *s)
{
	return s->driver;
}

enum err
store_exec(struct store *s, const char *sql)
{
	return s->driver->exec(s->connection, sql);
}

/* ---- the audit chain ---- */

struct chain_end *
store_chain_end(struct store *s)
{
	return &s->end;
}

struct hmac *
store_hmac(struct store *s)
{
	return s->hmac;
}

struct str
store_node(const struct store *s)
{
	return str_of(s->node);
}

/* Whether the last COMMIT of a connection that is lost was done, nobody knows. */
static void
note_chain_end(struct store *s)
{
	uint64_t session = s->driver->session ? s->driver->session(s->connection) : 0;

	if (session != s->session)
		s->end = (struct chain_end){0};
	s->session = session;
	s->end_at_begin = s->end;
}

/* ---- statements ---- */

static void
note_write(struct store *s, bool wrote)
{
	s->wrote |= wrote;
	s->dirty |= wrote;
}

static enum err
run_statement(struct store *s, enum sql sql, struct params params, row_visitor *visit,
	void *context, int64_t *ret_changed)
{
	enum err e = s->driver->run(s->connection, sql, params, visit, context, ret_changed);

	if (e == ERR_STORE)
		metrics_count(s->metrics, METRIC_QUERY_ERRORS,
			visit ? LABEL_QUERY_QUERY : LABEL_QUERY_EXECUTE);
	return e;
}

/* What a transaction is made of, which by itself writes nothing. */
static enum err
control(struct store *s, enum sql sql)
{
	enum err e = s->driver->run(s->connection, sql, NO_PARAMS, NULL, NULL, NULL);

	if (e == ERR_STORE && sql != SQL_ROLLBACK)
		metrics_count(s->metrics, METRIC_QUERY_ERRORS, LABEL_QUERY_TRANSACTION);
	return e;
}

enum err
store_change_count(struct store *s, enum sql sql, struct params params, int64_t *ret_changed)
{
	int64_t changed = 0;
	enum err e = run_statement(s, sql, params, NULL, NULL, &changed);

	note_write(s, changed > 0);
	if (!e)
		*ret_changed = changed;
	return e;
}

enum err
store_run(struct store *s, enum sql sql, struct params params)
{
	note_write(s, true);
	return run_statement(s, sql, params, NULL, NULL, NULL);
}

enum err
store_change_one(struct store *s, enum sql sql, struct params params)
{
	int64_t changed = 0;
	enum err e = store_change_count(s, sql, params, &changed);

	if (e)
		return e;
	return changed ? OK : ERR_NO_ROW;
}

enum err
store_each(struct store *s, enum sql sql, struct params params, row_visitor *visit, void *context)
{
	int64_t changed = 0;
	enum err e = run_statement(s, sql, params, visit, context, &changed);

	note_write(s, changed > 0);
	return e;
}

struct first {
	row_reader *read;
	struct arena *arena;
	void *into;
	bool found;
};

static enum err
read_first(const struct row *row, void *context)
{
	struct first *first = context;

	if (!first->found)
		first->read(row, first->arena, first->into);
	first->found = true;
	return OK;
}

enum err
store_one(struct store *s, enum sql sql, struct params params, row_reader *read,
	struct arena *arena, void *into)
{
	struct first first = {read, arena, into, false};
	enum err e = store_each(s, sql, params, read_first, &first);

	if (e)
		return e;
	return first.found ? OK : ERR_NO_ROW;
}

struct rows {
	struct store_list list;
	row_reader *read;
	struct arena *arena;
	size_t count;
};

static enum err
read_next(const struct row *row, void *context)
{
	struct rows *rows = context;

	if (rows->count == rows->list.limit)
		return OK;
	rows->read(
		row, rows->arena, (char *)rows->list.items + rows->count++ * rows->list.item_size);
	return OK;
}

enum err
store_rows(struct store *s, enum sql sql, struct params params, row_reader *read,
	struct arena *arena, struct store_list list, size_t *ret_count)
{
	struct rows rows = {list, read, arena, 0};
	enum err e = store_each(s, sql, params, read_next, &rows);

	if (e)
		return e;
	*ret_count = rows.count;
	return OK;
}

void
store_read_ahead(struct store *s, enum sql sql, struct id id)
{
	if (s->driver->read_ahead)
		s->driver->read_ahead(s->connection, sql, id);
}

void
store_end_ahead(struct store *s)
{
	if (s->driver->end_ahead)
		s->driver->end_ahead(s->connection);
}

/* A statement that counts answers with one column. */
enum { ONLY_COLUMN = 0 };

static void
read_number(const struct row *row, struct arena *arena, void *into)
{
	(void)arena;
	*(int64_t *)into = row_int(row, ONLY_COLUMN);
}

enum err
store_count(struct store *s, enum sql sql, struct params params, int64_t *ret)
{
	return store_one(s, sql, params, read_number, NULL, ret);
}

/* ---- transactions ---- */

enum err
store_begin(struct store *s)
{
	s->dirty = false;
	/* A group whose BEGIN fails is rolled back too. */
	s->end_at_begin = s->end;
	if (control(s, SQL_BEGIN))
		return ERR_STORE;
	note_chain_end(s);
	return OK;
}

enum err
store_begin_snapshot(struct store *s)
{
	return control(s, SQL_BEGIN_SNAPSHOT) ? ERR_STORE : OK;
}

enum err
store_commit(struct store *s)
{
	if (control(s, SQL_COMMIT))
		return ERR_STORE;
	s->writes += s->dirty;
	return OK;
}

/* Fails only if the database has rolled back by itself, as it does when the
 * disk is full. */
void
store_rollback(struct store *s)
{
	(void)!control(s, SQL_ROLLBACK);
	s->end = s->end_at_begin;
}

void
store_defer(struct store *s, bool on)
{
	if (s->driver->defer)
		s->driver->defer(s->connection, on);
}

static bool
is_repeatable(struct store *s)
{
	return s->driver->repeatable && s->driver->repeatable(s->connection);
}

static enum err
transaction(struct store *s, store_change *change, void *arg)
{
	enum err e;

	if ((e = store_begin(s)))
		return e;
	if (!(e = change(s, arg)))
		e = store_commit(s);
	if (e)
		store_rollback(s);
	return e;
}

/* Two that stopped each other should not meet again. */
static void
pause_before(int attempt)
{
	struct timespec pause = {.tv_nsec = 0};
	uint32_t jitter = 0;

	if (random_below(PAUSE_NS, &jitter))
		jitter = 0;
	pause.tv_nsec = attempt * (PAUSE_NS + (long)jitter);
	(void)nanosleep(&pause, NULL);
}

enum err
store_lock_nodes(struct store *s)
{
	return store_run(s, SQL_NODES_LOCK, NO_PARAMS);
}

enum err
store_notify(struct store *s)
{
	return store_run(s, SQL_NOTIFY, NO_PARAMS);
}

bool
store_noticed(struct store *s)
{
	return !s->driver->noticed || s->driver->noticed(s->connection);
}

/* First with deferred statements, then with each one's own answer. */
enum err
store_transaction(struct store *s, store_change *change, void *arg)
{
	enum err e;

	store_defer(s, true);
	e = transaction(s, change, arg);
	store_defer(s, false);
	for (int i = 0; e && i < ATTEMPTS_MAX && is_repeatable(s); i++) {
		if (i)
			pause_before(i);
		e = transaction(s, change, arg);
	}
	return e;
}

/* Returns the error of the transaction; the change's own goes to *result. */
static enum err
change_in_savepoint(struct store *s, store_change *change, void *arg, enum err *result)
{
	struct chain_end end = s->end;
	enum err e;

	if ((e = control(s, SQL_SAVEPOINT)))
		return e;
	*result = change(s, arg);
	if (*result) {
		s->end = end;
		if ((e = control(s, SQL_SAVEPOINT_UNDO)))
			return e;
	}
	return control(s, SQL_SAVEPOINT_RELEASE);
}

static void
fail_all(enum err results[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		results[i] = ERR_STORE;
}

static void
commit_in_savepoints(struct store *s, store_change *const changes[], void *const args[],
	enum err results[], size_t count)
{
	enum err e = store_begin(s);

	for (size_t i = 0; i < count && !e; i++)
		e = change_in_savepoint(s, changes[i], args[i], &results[i]);
	if (!e)
		e = store_commit(s);
	if (!e)
		return;
	store_rollback(s);
	fail_all(results, count);
}

/* To look for the guilty one would wait for the same lock again and again, and so would all who
 * come meanwhile. */
static bool
waited_for_lock(struct store *s, enum err result)
{
	return result == ERR_STORE && s->driver->defer && store_trouble(s) == STORE_LOCKED;
}

/* What a change that failed has written must go, and only ROLLBACK takes it away.  SQLite may also
 * have rolled back everything by itself, as when the disk is full: what followed would be committed
 * statement by statement. */
static bool
spoils_the_others(const struct store *s, enum err result)
{
	return result && (s->wrote || (result == ERR_STORE && !s->driver->defer));
}

enum group_end {
	GROUP_COMMITTED,
	GROUP_SPOILED, /* by a change that failed: the others must go without it */
	GROUP_FAILED,  /* by the database: nothing is to be had for anybody */
};

/* One transaction without savepoints. */
static enum group_end
commit_plainly(struct store *s, store_change *const changes[], void *const args[],
	enum err results[], size_t count)
{
	enum group_end end = store_begin(s) ? GROUP_FAILED : GROUP_COMMITTED;

	for (size_t i = 0; i < count && end == GROUP_COMMITTED; i++) {
		s->wrote = false;
		results[i] = changes[i](s, args[i]);
		if (spoils_the_others(s, results[i]))
			end = waited_for_lock(s, results[i]) ? GROUP_FAILED : GROUP_SPOILED;
	}
	if (end == GROUP_COMMITTED && store_commit(s))
		end = GROUP_FAILED;
	if (end != GROUP_COMMITTED)
		store_rollback(s);
	return end;
}

/* SQLite: as if all went well, which costs a third less than a savepoint for each; with savepoints
 * once a change has failed after it wrote, so that nobody can make a group cost more than twice. */
static void
commit_hopefully(struct store *s, store_change *const changes[], void *const args[],
	enum err results[], size_t count)
{
	enum group_end end = commit_plainly(s, changes, args, results, count);

	if (end == GROUP_SPOILED)
		commit_in_savepoints(s, changes, args, results, count);
	else if (end == GROUP_FAILED)
		fail_all(results, count);
}

/* PostgreSQL: what fails together is halved until the guilty one is alone. */
static void
commit_in_halves(struct store *s, store_change *const changes[], void *const args[],
	enum err results[], size_t count)
{
	size_t half = count / 2;
	enum group_end end;

	if (count == 1) {
		results[0] = store_transaction(s, changes[0], args[0]);
		return;
	}
	store_defer(s, true);
	end = commit_plainly(s, changes, args, results, count);
	store_defer(s, false);
	if (end == GROUP_SPOILED || (end == GROUP_FAILED && is_repeatable(s))) {
		commit_in_halves(s, changes, args, results, half);
		commit_in_halves(s, changes + half, args + half, results + half, count - half);
	} else if (end == GROUP_FAILED) {
		fail_all(results, count);
	}
}

void
store_commit_group(struct store *s, store_change *const changes[], void *const args[],
	enum err results[], size_t count)
{
	if (count == 1)
		results[0] = store_transaction(s, changes[0], args[0]);
	else if (count && s->driver->defer)
		commit_in_halves(s, changes, args, results, count);
	else if (count)
		commit_hopefully(s, changes, args, results, count);
}
