/*
 * Reading ahead.  Statements that are announced are queued, without a Sync; the first
 * that is asked for, or anything else, ends them with one, which sends them, and takes
 * in all answers.  They are kept until the end: a row that several requests of a batch
 * need is read once.
 */
#include "lib/store/postgres_private.h"

#include <string.h>

void
postgres_forget_ahead(struct postgres *s)
{
	for (size_t i = 0; i < s->ahead_count; i++)
		pq()->clear(s->ahead[i].rows);
	s->ahead_count = 0;
	s->ahead_queued = false;
}

static struct ahead *
find_ahead(struct postgres *s, enum sql which, struct id id)
{
	for (size_t i = 0; i < s->ahead_count; i++)
		if (s->ahead[i].which == which && id_eq(s->ahead[i].id, id))
			return &s->ahead[i];
	return NULL;
}

/* What fails here is asked again by whoever needs it. */
void
postgres_read_ahead(void *connection, enum sql which, struct id id)
{
	struct postgres *s = connection;

	if (s->ahead_count == AHEAD_MAX || find_ahead(s, which, id))
		return;
	if (!s->ahead_queued && (s->ahead_count || postgres_make_ready(s, which)))
		return;
	if (!s->prepared[which])
		return;
	if (!postgres_send(s, which, PARAMS(param_id(id)))) {
		(void)postgres_lose(s);
		return;
	}
	s->ahead[s->ahead_count++] = (struct ahead){.which = which, .id = id};
	s->ahead_queued = true;
}

enum err
postgres_collect_ahead(struct postgres *s)
{
	enum err e = OK;

	s->ahead_queued = false;
	if (!pq()->pipelineSync(s->pg))
		return postgres_lose(s);
	for (size_t i = 0; i < s->ahead_count && s->pg; i++) {
		struct postgres_answer a = {.e = e};

		postgres_read_statement(s, &a);
		e = a.e;
		if (s->pg)
			s->ahead[i].rows = a.rows;
		else
			pq()->clear(a.rows);
	}
	postgres_read_sync(s);
	return s->pg ? OK : ERR_STORE;
}

void
postgres_end_ahead(void *connection)
{
	struct postgres *s = connection;

	if (s->ahead_queued)
		(void)postgres_collect_ahead(s);
	postgres_forget_ahead(s);
}

const PGresult *
postgres_rows_ahead(struct postgres *s, enum sql which, struct params params)
{
	const struct param *p = params.list;
	const struct ahead *found;
	struct id id;

	if (!s->ahead_count || params.count != 1 || p->kind != PARAM_BLOB || p->bytes.p ||
		p->number != ID_SIZE)
		return NULL;
	memcpy(id.bytes, p->inline_bytes, ID_SIZE);
	found = find_ahead(s, which, id);
	return found ? found->rows : NULL;
}
