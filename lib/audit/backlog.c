/* A list under a mutex, and its way into the database. */
#include "lib/audit/backlog.h"

#include "lib/metrics/metrics.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

struct note {
	struct note *next;
	struct arena arena; /* of the texts */
	struct audit_record record;
	struct context cx;
	int64_t times;
};

struct audit_notes {
	struct note *first, **end;
	size_t count;
	int64_t lost;
};

struct audit_backlog {
	pthread_mutex_t mutex;
	size_t max;
	struct audit_notes *waiting;
};

/* ---- lists ---- */

static struct audit_notes *
notes_new(void)
{
	struct audit_notes *notes = xcalloc(1, sizeof *notes);

	notes->end = &notes->first;
	return notes;
}

static void
notes_free(struct audit_notes *notes)
{
	struct note *next;

	for (struct note *n = notes->first; n; n = next) {
		next = n->next;
		arena_free(&n->arena);
		free(n);
	}
	free(notes);
}

static bool
is_same(const struct note *n, const struct context *cx, const struct audit_record *r)
{
	return n->record.event == r->event && str_eq(n->cx.ip, cx->ip) &&
	       str_eq(n->record.actor, r->actor) && str_eq(n->record.target, r->target) &&
	       str_eq(n->record.detail, r->detail);
}

static struct note *
note_new(const struct context *cx, const struct audit_record *r)
{
	struct note *n = xcalloc(1, sizeof *n);

	n->times = 1;
	n->record = *r;
	n->record.actor = str_copy(&n->arena, r->actor);
	n->record.target = str_copy(&n->arena, r->target);
	n->record.detail = str_copy(&n->arena, r->detail);
	n->cx = (struct context){
		.now_ms = cx->now_ms,
		.ip = str_copy(&n->arena, cx->ip),
		.user_agent = str_copy(&n->arena, str_first(cx->user_agent, AUDIT_AGENT_MAX)),
		.request_id = str_copy(&n->arena, cx->request_id),
	};
	return n;
}

static void
add(struct audit_notes *notes, struct note *n)
{
	*notes->end = n;
	notes->end = &n->next;
	notes->count++;
}

/* ---- */

struct audit_backlog *
audit_backlog_new(size_t max)
{
	struct audit_backlog *b = xcalloc(1, sizeof *b);

	(void)pthread_mutex_init(&b->mutex, NULL);
	b->max = max;
	b->waiting = notes_new();
	return b;
}

void
audit_backlog_free(struct audit_backlog *b)
{
	if (!b)
		return;
	notes_free(b->waiting);
	(void)pthread_mutex_destroy(&b->mutex);
	free(b);
}

bool
audit_backlog_add(
	struct audit_backlog *b, const struct context *cx, const struct audit_record *record)
{
	bool room = true;
	struct note *n;

	metrics_count(cx->metrics, METRIC_AUDIT_EVENTS, record->event);
	(void)pthread_mutex_lock(&b->mutex);
	for (n = b->waiting->first; n && !is_same(n, cx, record);)
		n = n->next;
	if (n)
		n->times++;
	else if (b->waiting->count < b->max)
		add(b->waiting, note_new(cx, record));
	else
		room = false;
	b->waiting->lost += !room;
	(void)pthread_mutex_unlock(&b->mutex);
	return room;
}

bool
audit_backlog_is_empty(struct audit_backlog *b)
{
	bool empty;

	(void)pthread_mutex_lock(&b->mutex);
	empty = !b->waiting->first;
	(void)pthread_mutex_unlock(&b->mutex);
	return empty;
}

static struct audit_notes *
take(struct audit_backlog *b)
{
	struct audit_notes *notes;

	(void)pthread_mutex_lock(&b->mutex);
	notes = b->waiting;
	b->waiting = notes_new();
	(void)pthread_mutex_unlock(&b->mutex);
	return notes;
}

/* In front of what came meanwhile; as much of that as there is room for. */
static void
put_back(struct audit_backlog *b, struct audit_notes *notes)
{
	struct audit_notes *newer;
	struct note *n;

	(void)pthread_mutex_lock(&b->mutex);
	newer = b->waiting;
	b->waiting = notes;
	notes->lost += newer->lost;
	while ((n = newer->first) && notes->count < b->max) {
		newer->first = n->next;
		newer->count--;
		n->next = NULL;
		add(notes, n);
	}
	notes->lost += (int64_t)newer->count;
	(void)pthread_mutex_unlock(&b->mutex);
	notes_free(newer);
}

/* ---- writing ---- */

static enum err
write_note(struct store *s, struct arena *arena, const struct note *n)
{
	struct audit_record record = n->record;
	struct context cx = n->cx;

	cx.arena = arena;
	if (n->times > 1)
		record.detail = str_printf(arena, "%.*s%stimes=%lld", STR_ARG(record.detail),
			record.detail.n ? " " : "", (long long)n->times);
	return audit_write(s, &cx, &record);
}

enum err
audit_backlog_write(struct store *s, void *arg)
{
	struct audit_flush *flush = arg;
	enum err e;

	if (!flush->taken)
		flush->taken = take(flush->backlog);
	for (const struct note *n = flush->taken->first; n; n = n->next)
		if ((e = write_note(s, flush->arena, n)))
			return e;
	if (!flush->taken->lost)
		return OK;
	return audit_write(s, &(struct context){.arena = flush->arena, .now_ms = flush->now_ms},
		&(struct audit_record){.event = AUDIT_EVENT_NOTES_LOST,
			.actor = AUDIT_SYSTEM,
			.target = AUDIT_SYSTEM,
			.detail = str_printf(
				flush->arena, "lost=%lld", (long long)flush->taken->lost)});
}

void
audit_backlog_settle(struct audit_flush *flush, enum err e)
{
	if (!flush->taken)
		return;
	if (e)
		put_back(flush->backlog, flush->taken);
	else
		notes_free(flush->taken);
	flush->taken = NULL;
}
