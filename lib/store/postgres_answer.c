/* What PostgreSQL answers, in the order in which it was asked. */
#include "lib/store/postgres_private.h"

#include <stdlib.h>
#include <string.h>

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

enum err
postgres_judge(struct postgres *s, const PGresult *result)
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
take_success(PGresult *result, struct postgres_answer *a)
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

void
postgres_read_statement(struct postgres *s, struct postgres_answer *a)
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
			a->e = postgres_judge(s, result);
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

void
postgres_read_sync(struct postgres *s)
{
	PGresult *result = s->pg ? postgres_next_result(s) : NULL;
	bool end = pq()->resultStatus(result) == PGRES_PIPELINE_SYNC;

	pq()->clear(result);
	if (s->pg && !end)
		(void)lose_step(s);
}

static void
read_unread(struct postgres *s, struct postgres_answer *a)
{
	while (s->pg && s->unread) {
		struct postgres_answer one = {.e = a->e};

		s->unread--; /* first: losing the connection clears it */
		postgres_read_statement(s, &one);
		pq()->clear(one.rows);
		a->e = one.e;
	}
}

void
postgres_read_all(struct postgres *s, bool sync, size_t extra, struct postgres_answer *a)
{
	if (!(sync ? pq()->pipelineSync(s->pg) : pq()->sendFlushRequest(s->pg))) {
		a->e = postgres_lose(s);
		return;
	}
	read_unread(s, a);
	for (size_t i = 0; i < extra && s->pg; i++)
		postgres_read_statement(s, a);
	if (!a->e && !s->pg)
		a->e = ERR_STORE;
	if (!s->pg)
		return;
	if (!sync && a->e && !pq()->pipelineSync(s->pg))
		(void)postgres_lose(s);
	if (sync || a->e)
		postgres_read_sync(s);
}
