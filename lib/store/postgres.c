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

#include "lib/store/postgres_words.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	PARAMS_MAX = 32,
	NUMBER_SIZE = 24,
	UNREAD_MAX = 2048, /* answers left in the sockets */
};

/* What reading answers has found so far. */
struct answer {
	enum err e; /* the first failure */
	PGresult *rows;
	int64_t changed;
	bool committed;
};

/* struct row's native. */
struct place {
	const PGresult *rows;
	int row;
};

/* ---- failures ---- */

enum repeat { REPEAT_IF_DEFERRED, REPEAT_ALWAYS, REPEAT_NEVER };

/* SQLSTATE (appendix A of PostgreSQL's manual) and what follows from it.  A
 * change that waited in vain is not worth a second wait of all behind it. */
static const struct failure {
	const char *state;
	enum err e;
	enum repeat repeat;
	bool reconnect;
	enum store_trouble trouble;
} failures[] = {
	{"23505", ERR_ROW_EXISTS, REPEAT_IF_DEFERRED, false, STORE_FAILED}, /* unique key */
	{"23503", ERR_ROW_EXISTS, REPEAT_IF_DEFERRED, false, STORE_FAILED}, /* foreign key */
	{"40001", ERR_STORE, REPEAT_ALWAYS, false, STORE_FAILED},  /* serialization_failure */
	{"40P01", ERR_STORE, REPEAT_ALWAYS, false, STORE_FAILED},  /* deadlock_detected */
	{"55P03", ERR_STORE, REPEAT_NEVER, false, STORE_LOCKED},   /* lock_not_available */
	{"57014", ERR_STORE, REPEAT_NEVER, false, STORE_FAILED},   /* query_canceled: a timeout */
	{"53100", ERR_STORE, REPEAT_NEVER, false, STORE_FULL},     /* disk_full */
	{"57P01", ERR_STORE, REPEAT_NEVER, true, STORE_AWAY},      /* admin_shutdown */
	{"57P02", ERR_STORE, REPEAT_NEVER, true, STORE_AWAY},      /* crash_shutdown */
	{"25006", ERR_STORE, REPEAT_NEVER, true, STORE_READ_ONLY}, /* this is a standby now */
	{"26000", ERR_STORE, REPEAT_NEVER, true, STORE_FAILED}, /* prepared statements are gone */
	{"0A000", ERR_STORE, REPEAT_NEVER, true, STORE_FAILED}, /* or outdated */
	{"", ERR_STORE, REPEAT_IF_DEFERRED, false, STORE_FAILED},
};

static const struct failure *
failure_of(const PGresult *result)
{
	const char *state = pq()->resultErrorField(result, PG_DIAG_SQLSTATE);
	const struct failure *f = failures;

	while (*f->state && (!state || strcmp(f->state, state) != 0))
		f++;
	return f;
}

/* Never the DETAIL of an error, which quotes rows. */
static enum err
judge_failure(struct postgres *s, const PGresult *result)
{
	const struct failure *f = failure_of(result);
	const char *text = pq()->resultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	(void)postgres_note(s, ERR_STORE, text ? text : pq()->resultErrorMessage(result));
	s->trouble = f->trouble;
	s->repeatable =
		f->repeat == REPEAT_ALWAYS || (f->repeat == REPEAT_IF_DEFERRED && s->deferring);
	s->failure = s->deferring ? f->e : OK;
	return f->e;
}

/* ---- answers ---- */

static void
take_success(PGresult *result, struct answer *a)
{
	const char *tag = pq()->cmdStatus(result);

	a->committed = strcmp(tag, "COMMIT") == 0;
	if (strncmp(tag, "SELECT", 6) != 0)
		a->changed = strtoll(pq()->cmdTuples(result), NULL, 10);
	if (pq()->resultStatus(result) != PGRES_TUPLES_OK || a->rows) {
		pq()->clear(result);
		return;
	}
	a->rows = result;
}

/* libpq and we count differently: nothing read after this could be trusted. */
static enum err
lose_step(struct postgres *s)
{
	(void)postgres_note(s, ERR_STORE, "the connection ended between two answers");
	postgres_drop(s);
	return ERR_STORE;
}

/* Everything up to the NULL behind one statement. */
static void
read_statement(struct postgres *s, struct answer *a)
{
	PGresult *result;
	bool reconnect, seen = false;

	while ((result = postgres_next_result(s))) {
		ExecStatusType status = pq()->resultStatus(result);

		seen = true;
		if (status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK) {
			take_success(result, a);
			continue;
		}
		/* What follows a failure is skipped: the first one counts. */
		if (!a->e)
			a->e = judge_failure(s, result);
		reconnect = failure_of(result)->reconnect;
		pq()->clear(result);
		if (reconnect)
			postgres_drop(s);
	}
	if (s->pg && !seen)
		(void)lose_step(s);
	if (!a->e && !s->pg)
		a->e = ERR_STORE;
}

/* Behind a Sync comes one result of its own, and no NULL after it; an error in
 * its place is the end of the connection. */
static void
read_sync(struct postgres *s)
{
	PGresult *result = s->pg ? postgres_next_result(s) : NULL;
	bool end = pq()->resultStatus(result) == PGRES_PIPELINE_SYNC;

	pq()->clear(result);
	if (s->pg && !end)
		(void)lose_step(s);
}

static void
read_unread(struct postgres *s, struct answer *a)
{
	while (s->pg && s->unread) {
		struct answer one = {.e = a->e};

		s->unread--; /* first: losing the connection clears it */
		read_statement(s, &one);
		pq()->clear(one.rows);
		a->e = one.e;
	}
}

/* Reads what is owed, and `extra` statements more into *a; a Sync ends it
 * unless answers may be deferred and nothing has failed. */
static void
read_all(struct postgres *s, bool sync, size_t extra, struct answer *a)
{
	if (!(sync ? pq()->pipelineSync(s->pg) : pq()->sendFlushRequest(s->pg))) {
		a->e = postgres_lose(s);
		return;
	}
	read_unread(s, a);
	for (size_t i = 0; i < extra && s->pg; i++)
		read_statement(s, a);
	if (!a->e && !s->pg)
		a->e = ERR_STORE;
	if (!s->pg)
		return;
	if (!sync && a->e && !pq()->pipelineSync(s->pg))
		(void)postgres_lose(s);
	if (sync || a->e)
		read_sync(s);
}

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
	struct answer a = {0};

	if (s->prepared[which])
		return OK;
	if (!send_prepare(s, which))
		return postgres_lose(s);
	s->unread++;
	read_all(s, true, 0, &a);
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
		struct answer a = {.e = e};

		read_statement(s, &a);
		if (!e && a.e)
			*ret_which = (enum sql)i;
		e = a.e;
	}
	read_sync(s);
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
	assert(n <= INT32_MAX);
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

static bool
send_statement(struct postgres *s, enum sql which, struct params params)
{
	struct binding b;
	int sent;

	assert(params.count <= PARAMS_MAX);
	for (size_t i = 0; i < params.count; i++)
		bind_one(s, &b, i, &params.list[i]);
	sent = pq()->sendQueryPrepared(
		s->pg, sql_texts[which].name, (int)params.count, b.values, b.lengths, b.formats, 1);
	arena_reset(&s->scratch);
	return sent != 0;
}

static enum err
make_ready(struct postgres *s, enum sql which)
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
		e = judge_failure(s, result);
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
finish(struct postgres *s, enum sql which, struct answer *a)
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
	struct answer a = {0};
	bool end = which == SQL_COMMIT || which == SQL_ROLLBACK;
	enum err e;

	if (has_ended(s, which))
		return OK;
	if (which == SQL_BEGIN)
		s->repeatable = false;
	if ((e = make_ready(s, which)))
		return e;
	if (which == SQL_COMMIT)
		s->warned = false;
	if (!send_statement(s, which, params))
		return postgres_lose(s);
	if (s->deferring && !end && !visit && !ret_changed && s->unread < UNREAD_MAX) {
		s->unread++;
		return which == SQL_BEGIN ? finish(s, which, &a) : OK;
	}
	read_all(s, end || !s->deferring, 1, &a);
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
	enum err e = run_once(s, which, params, visit, context, ret_changed);

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
	n = bytes.p[0] < 0 ? UINT64_MAX : 0;
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

const struct driver postgres_driver = {
	.name = "postgres",
	.reads_are_local = false,
	.open = postgres_open,
	.close = postgres_close,
	.in_use = postgres_in_use,
	.exec = postgres_exec,
	.prepare = postgres_prepare,
	.run = postgres_run,
	.defer = postgres_defer,
	.repeatable = postgres_repeatable,
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
