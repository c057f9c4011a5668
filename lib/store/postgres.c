/*
 * The PostgreSQL driver.  One connection per thread, always in pipeline mode:
 * a statement that stands alone is sent with its own Sync; inside a deferring
 * transaction statements are only queued, and answers are read when somebody
 * needs one, at the latest with COMMIT.
 *
 * A lost connection fails what was running on it and is opened again by the
 * next statement outside of a transaction, with back-off.  Only a question that
 * the loss of a connection left without an answer is asked twice.
 */
#include "lib/store/postgres_private.h"

#include "lib/base/holds.h"
#include "lib/store/postgres_words.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	PARAMS_MAX = 48,
	NUMBER_SIZE = 24,
	UNREAD_MAX = 2048, /* answers left in the sockets */
};

/* struct row's native. */
struct place {
	const PGresult *rows;
	int row;
};

/* ---- statements ---- */

static const char *
text_of(enum sql which)
{
	switch ((int)which) {
	case SQL_BEGIN: return "BEGIN";
	case SQL_BEGIN_SNAPSHOT: return "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY";
	case SQL_NOTIFY: return "SELECT pg_notify('authgate', '')";
	default: return sql_texts[which].text;
	}
}

static bool
is_begin(enum sql which)
{
	return which == SQL_BEGIN || which == SQL_BEGIN_SNAPSHOT;
}

static bool
send_prepare(struct postgres *s, enum sql which)
{
	s->prepared[which] = true;
	return pq()->sendPrepare(s->pg, sql_texts[which].name, text_of(which), 0, NULL);
}

static enum err
prepare_one(struct postgres *s, enum sql which)
{
	struct postgres_answer a = {0};

	if (s->prepared[which])
		return OK;
	if (!send_prepare(s, which))
		return postgres_lose(s);
	s->unread++;
	postgres_read_all(s, true, 0, &a);
	if (a.e)
		s->prepared[which] = false;
	return a.e;
}

/* All with one round trip; the name of the first that failed in *ret_which. */
enum err
postgres_prepare_all(struct postgres *s, enum sql *ret_which)
{
	enum err e = OK;

	for (size_t i = 0; i < SQL_EARLY_COUNT; i++)
		if (!send_prepare(s, (enum sql)i))
			return postgres_lose(s);
	if (!pq()->pipelineSync(s->pg))
		return postgres_lose(s);
	for (size_t i = 0; i < SQL_EARLY_COUNT && s->pg; i++) {
		struct postgres_answer a = {.e = e};

		postgres_read_statement(s, &a);
		if (!e && a.e)
			*ret_which = (enum sql)i;
		e = a.e;
	}
	postgres_read_sync(s);
	return s->pg ? e : ERR_STORE;
}

struct binding {
	const char *values[PARAMS_MAX];
	int lengths[PARAMS_MAX];
	int formats[PARAMS_MAX]; /* numbers as text: their width depends on the column */
	char numbers[PARAMS_MAX][NUMBER_SIZE];
};

static void
bind_bytes(struct binding *b, size_t i, const void *p, size_t n)
{
	HOLDS(n <= INT32_MAX);
	b->values[i] = p ? p : "";
	b->lengths[i] = (int)n;
	b->formats[i] = 1;
}

static void
bind_one(struct postgres *s, struct binding *b, size_t i, const struct param *p)
{
	struct str text;

	b->values[i] = NULL;
	b->lengths[i] = b->formats[i] = 0;
	switch (p->kind) {
	case PARAM_NULL: return;
	case PARAM_INT:
		(void)snprintf(b->numbers[i], NUMBER_SIZE, "%" PRId64, p->number);
		b->values[i] = b->numbers[i];
		return;
	case PARAM_TEXT:
		/* PostgreSQL refuses what is no UTF-8, SQLite does not, and a header may
		 * hold anything. */
		text = str_to_utf8(&s->scratch, p->bytes);
		bind_bytes(b, i, text.p, text.n);
		return;
	case PARAM_BLOB:
		if (p->bytes.p)
			bind_bytes(b, i, p->bytes.p, p->bytes.n);
		else
			bind_bytes(b, i, p->inline_bytes, (size_t)p->number);
		return;
	}
}

bool
postgres_send(struct postgres *s, enum sql which, struct params params)
{
	struct binding b;
	int sent;

	HOLDS(params.count <= PARAMS_MAX);
	for (size_t i = 0; i < params.count; i++)
		bind_one(s, &b, i, &params.list[i]);
	sent = pq()->sendQueryPrepared(
		s->pg, sql_texts[which].name, (int)params.count, b.values, b.lengths, b.formats, 1);
	arena_reset(&s->scratch);
	return sent != 0;
}

enum err
postgres_make_ready(struct postgres *s, enum sql which)
{
	enum err e;

	if (s->failure && which != SQL_ROLLBACK)
		return s->failure;
	if (s->pg && !s->in_transaction) {
		postgres_retire(s);
		postgres_notice_hangup(s);
	}
	if (!s->pg && s->in_transaction)
		return ERR_STORE;
	if (!s->pg && (e = postgres_reconnect(s)))
		return e;
	return prepare_one(s, which);
}

/* Outside of pipeline mode, and for as long as it takes: migrations. */
static enum err
postgres_exec(void *connection, const char *sql)
{
	struct postgres *s = connection;
	PGresult *result;
	enum err e = OK;

	if (!s->pg)
		return ERR_STORE;
	if (pq()->setnonblocking(s->pg, 0) || !pq()->exitPipelineMode(s->pg))
		return postgres_lose(s);
	result = pq()->exec(s->pg, sql);
	if (pq()->resultStatus(result) == PGRES_FATAL_ERROR)
		e = postgres_judge(s, result);
	pq()->clear(result);
	if (pq()->status(s->pg) != CONNECTION_OK || pq()->setnonblocking(s->pg, 1) ||
		!pq()->enterPipelineMode(s->pg))
		return postgres_lose(s);
	return e;
}

static enum err
postgres_prepare(void *connection, struct diag *diag)
{
	struct postgres *s = connection;
	enum sql which = SQL_BEGIN;

	s->prepare_all = true;
	if (!s->pg)
		return diag_set(diag, ERR_STORE, "the database is gone: %s", s->error);
	if (postgres_prepare_all(s, &which))
		return diag_set(diag, ERR_STORE, "statement %s: %s (has `migrate up` been run?)",
			sql_texts[which].name, s->error);
	return OK;
}

static enum err
visit_rows(const PGresult *rows, row_visitor *visit, void *context)
{
	enum err e = OK;

	for (int i = 0; i < pq()->ntuples(rows) && !e; i++) {
		struct place place = {rows, i};

		e = visit(&(struct row){&postgres_driver, &place}, context);
	}
	return e;
}

/* ROLLBACK of what is already gone. */
static bool
has_ended(struct postgres *s, enum sql which)
{
	if (which != SQL_ROLLBACK || (s->pg && s->in_transaction))
		return false;
	s->in_transaction = false;
	s->failure = OK;
	return true;
}

static enum err
finish(struct postgres *s, enum sql which, struct postgres_answer *a)
{
	/* COMMIT of a transaction that had failed is answered with ROLLBACK. */
	if (which == SQL_COMMIT && !a->e && !a->committed)
		a->e = postgres_note(s, ERR_STORE, "the transaction had failed before its end");
	/* Or the wait for the standby was given up, and "only" a warning says so. */
	if (which == SQL_COMMIT && !a->e && s->warned)
		a->e = postgres_note(s, ERR_STORE, "no standby has what was committed");
	if (is_begin(which))
		s->in_transaction = !a->e;
	if (which == SQL_ROLLBACK || (which == SQL_COMMIT && !a->e)) {
		s->in_transaction = false;
		s->failure = OK;
	}
	return a->e;
}

static enum err
run_once(struct postgres *s, enum sql which, struct params params, row_visitor *visit,
	void *context, int64_t *ret_changed)
{
	struct postgres_answer a = {0};
	bool end = which == SQL_COMMIT || which == SQL_ROLLBACK;
	enum err e;

	if (has_ended(s, which))
		return OK;
	if (which == SQL_BEGIN)
		s->repeatable = false;
	if ((e = postgres_make_ready(s, which)))
		return e;
	if (which == SQL_COMMIT)
		s->warned = false;
	if (!postgres_send(s, which, params))
		return postgres_lose(s);
	if (s->deferring && !end && !visit && !ret_changed && s->unread < UNREAD_MAX) {
		s->unread++;
		return which == SQL_BEGIN ? finish(s, which, &a) : OK;
	}
	postgres_read_all(s, end || !s->deferring, 1, &a);
	if (!finish(s, which, &a) && ret_changed)
		*ret_changed = a.changed;
	if (!a.e && a.rows && visit)
		a.e = visit_rows(a.rows, visit, context);
	pq()->clear(a.rows);
	return a.e;
}

/* What writes is never asked again: it may have happened. */
static bool
may_ask_again(const struct postgres *s, enum sql which)
{
	return !s->pg && !s->in_transaction && !s->silent &&
	       strncmp(sql_texts[which].text, "SELECT", 6) == 0;
}

static enum err
postgres_run(void *connection, enum sql which, struct params params, row_visitor *visit,
	void *context, int64_t *ret_changed)
{
	struct postgres *s = connection;
	bool connected = s->pg != NULL;
	const PGresult *rows;
	enum err e;

	if (s->ahead_queued && (e = postgres_collect_ahead(s)) && !may_ask_again(s, which))
		return e;
	if ((rows = postgres_rows_ahead(s, which, params)))
		return visit ? visit_rows(rows, visit, context) : OK;
	e = run_once(s, which, params, visit, context, ret_changed);

	if (e == ERR_STORE && connected && may_ask_again(s, which))
		e = run_once(s, which, params, visit, context, ret_changed);
	return e;
}

static void
postgres_defer(void *connection, bool on)
{
	struct postgres *s = connection;

	s->deferring = on;
}

static bool
postgres_repeatable(void *connection)
{
	const struct postgres *s = connection;

	return s->pg && s->repeatable;
}

static uint64_t
postgres_session(void *connection)
{
	const struct postgres *s = connection;

	return s->sessions;
}

/* ---- columns ---- */

static struct str
postgres_column_bytes(const struct row *row, int column)
{
	const struct place *p = row->native;

	return (struct str){pq()->getvalue(p->rows, p->row, column),
		(size_t)pq()->getlength(p->rows, p->row, column)};
}

/* Integers of every width and booleans arrive in network order. */
static int64_t
postgres_column_int(const struct row *row, int column)
{
	struct str bytes = postgres_column_bytes(row, column);
	uint64_t n = 0;

	if (!bytes.n || bytes.n > sizeof n)
		return 0;
	n = (signed char)bytes.p[0] < 0 ? UINT64_MAX : 0;
	for (size_t i = 0; i < bytes.n; i++)
		n = n << 8 | (unsigned char)bytes.p[i];
	return (int64_t)n;
}

static bool
postgres_column_is_null(const struct row *row, int column)
{
	const struct place *p = row->native;

	return pq()->getisnull(p->rows, p->row, column) != 0;
}

static const char *
postgres_error(void *connection)
{
	const struct postgres *s = connection;

	return s->error;
}

static enum store_trouble
postgres_trouble(void *connection)
{
	const struct postgres *s = connection;

	return s->trouble;
}

/* A lock may be held for as long as a migration takes. */
static const char schema_lock[] = "SET LOCAL lock_timeout = 0; SET LOCAL statement_timeout = 0;"
				  "SET LOCAL idle_in_transaction_session_timeout = 0;"
				  "SELECT pg_advisory_xact_lock(7021786398117720)";

static const char *
postgres_library(void)
{
	static char text[16];
	struct diag diag = {{0}};

	if (libpq_load(&diag))
		return NULL;
	(void)snprintf(
		text, sizeof text, "%d.%d", pq()->libVersion() / 10000, pq()->libVersion() % 10000);
	return text;
}

const struct driver postgres_driver = {
	.name = "postgres",
	.reads_are_local = false,
	.library = postgres_library,
	.open = postgres_open,
	.close = postgres_close,
	.in_use = postgres_in_use,
	.exec = postgres_exec,
	.prepare = postgres_prepare,
	.run = postgres_run,
	.defer = postgres_defer,
	.repeatable = postgres_repeatable,
	.read_ahead = postgres_read_ahead,
	.end_ahead = postgres_end_ahead,
	.noticed = postgres_noticed,
	.rest = postgres_rest,
	.session = postgres_session,
	.column_int = postgres_column_int,
	.column_is_null = postgres_column_is_null,
	.column_bytes = postgres_column_bytes,
	.error = postgres_error,
	.trouble = postgres_trouble,
	.schema_lock = schema_lock,
	.translate = postgres_words,
};
