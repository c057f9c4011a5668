/* A list under a mutex, and its way into the database. */
#include "lib/audit/backlog.h"

#include "lib/base/ipaddr.h"
#include "lib/cache/limiter.h"
#include "lib/metrics/metrics.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { SOURCES_REMEMBERED = 16384, TOTALS_EVERY_MS = 60 * 1000 };

/* New rows about refusals.  In the worst case 43,200 a day for strangers, 26 MB. */
static const struct limit_rule rows_of_source = {.period_ms = 60 * 1000, .burst = 1000};
static const struct limit_rule rows_of_strangers = {.period_ms = 2000, .burst = 10000};

enum { BUCKET_OF_SOURCE, BUCKET_OF_STRANGERS };

/* Who is told of, and from where: a stranger does not cost somebody whom we know
 * behind the same address their rows. */
struct source {
	struct source *next;
	struct arena arena; /* of the texts */
	struct str actor, from;
	size_t count;                      /* of its notes */
	int64_t folded[AUDIT_EVENT_COUNT]; /* what it has no note for any more */
	int64_t folded_ms;                 /* the last of it */
};

struct note {
	struct note *next;
	struct arena arena; /* of the texts */
	struct source *source;
	struct audit_record record;
	struct context cx;
	int64_t times;
};

struct audit_notes {
	struct source *sources;
	size_t source_count;
	struct note *first, **end;
	size_t count;
	int64_t lost;
	int64_t totals[AUDIT_EVENT_COUNT]; /* what no row names anybody for */
};

struct audit_backlog {
	pthread_mutex_t mutex;
	size_t max, share;
	struct audit_notes *waiting;
	struct limiter *rows;
	int64_t totals_ms; /* when they were written last */
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
note_free(struct note *n)
{
	arena_free(&n->arena);
	free(n);
}

static void
notes_free(struct audit_notes *notes)
{
	struct note *n;
	struct source *s;

	while ((n = notes->first)) {
		notes->first = n->next;
		note_free(n);
	}
	while ((s = notes->sources)) {
		notes->sources = s->next;
		arena_free(&s->arena);
		free(s);
	}
	free(notes);
}

static struct note *
note_new(const struct context *cx, const struct audit_record *r)
{
	struct note *n = xcalloc(1, sizeof *n);

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
append(struct audit_notes *notes, struct note *n)
{
	*notes->end = n;
	notes->end = &n->next;
	notes->count++;
	n->source->count++;
}

static struct note *
find_note(struct audit_notes *notes, const struct source *source, const struct context *cx,
	const struct audit_record *r)
{
	struct note *n = notes->first;

	while (n &&
		!(n->source == source && n->record.event == r->event && str_eq(n->cx.ip, cx->ip) &&
			str_eq(n->record.target, r->target) && str_eq(n->record.detail, r->detail)))
		n = n->next;
	return n;
}

/* ---- shares ---- */

/* NULL if there are too many. */
static struct source *
source_of(struct audit_notes *notes, size_t max, struct str actor, struct str from)
{
	struct source *s;

	for (s = notes->sources; s; s = s->next)
		if (str_eq(s->from, from) && str_eq(s->actor, actor))
			return s;
	if (notes->source_count == max)
		return NULL;
	s = xcalloc(1, sizeof *s);
	s->actor = str_copy(&s->arena, actor);
	s->from = str_copy(&s->arena, from);
	s->next = notes->sources;
	notes->sources = s;
	notes->source_count++;
	return s;
}

static void
fold(struct source *s, enum audit_event event, int64_t times, int64_t at_ms)
{
	s->folded[event] += times;
	if (at_ms > s->folded_ms)
		s->folded_ms = at_ms;
}

/* Whoever has most gives up the last one for somebody who has less. */
static bool
make_room(struct audit_notes *notes, const struct source *taker)
{
	struct source *most = notes->sources;
	struct note **last = NULL, *n;

	for (struct source *s = most; s; s = s->next)
		if (s->count > most->count)
			most = s;
	if (most->count <= taker->count + 1)
		return false;
	for (struct note **at = &notes->first; *at; at = &(*at)->next)
		if ((*at)->source == most)
			last = at;
	n = *last;
	if (!(*last = n->next))
		notes->end = last;
	notes->count--;
	most->count--;
	fold(most, n->record.event, n->times, n->cx.now_ms);
	note_free(n);
	return true;
}

/* Those that cost nothing to be: without an account or a secret. */
static bool
is_stranger(struct str actor)
{
	return str_eq(actor, AUDIT_ANONYMOUS) || str_starts(actor, STR("client:"));
}

/* What people do who may is written whatever it costs. */
static bool
pay(struct audit_backlog *b, const struct audit_record *r, struct str from, int64_t now_ms)
{
	struct arena arena = {0};
	struct str source = str_printf(&arena, "%.*s %.*s", STR_ARG(r->actor), STR_ARG(from));
	struct limit_bucket buckets[] = {
		{BUCKET_OF_SOURCE, source, rows_of_source},
		{BUCKET_OF_STRANGERS, STR_NONE, rows_of_strangers},
	};
	bool paid = !limiter_take_all(b->rows, buckets, is_stranger(r->actor) ? 2 : 1, now_ms);

	arena_free(&arena);
	return paid;
}

static bool
is_priced(const struct audit_record *r)
{
	return audit_event_severity(r->event) != AUDIT_INFO;
}

static bool
has_folded(const struct source *s)
{
	for (size_t i = 0; i < AUDIT_EVENT_COUNT; i++)
		if (s->folded[i])
			return true;
	return false;
}

static void
keep_new(struct audit_backlog *b, struct source *source, const struct context *cx,
	const struct audit_record *r, int64_t times)
{
	struct audit_notes *notes = b->waiting;
	struct note *n;

	if (source->count >= b->share || (notes->count >= b->max && !make_room(notes, source))) {
		fold(source, r->event, times, cx->now_ms);
		return;
	}
	n = note_new(cx, r);
	n->source = source;
	n->times = times;
	append(notes, n);
}

/* Under the mutex; false if it could only be counted. */
static bool
keep(struct audit_backlog *b, struct source *source, const struct context *cx,
	const struct audit_record *r, int64_t times)
{
	struct audit_notes *notes = b->waiting;
	struct note *n = source ? find_note(notes, source, cx, r) : NULL;

	if (n)
		n->times += times;
	else if (is_priced(r) && !(source && has_folded(source)) &&
		 !pay(b, r, source ? source->from : STR_NONE, cx->now_ms))
		notes->totals[r->event] += times;
	else if (source)
		keep_new(b, source, cx, r, times);
	else
		notes->lost += times;
	return source != NULL;
}

/* ---- */

struct audit_backlog *
audit_backlog_new(size_t max, size_t share)
{
	struct audit_backlog *b = xcalloc(1, sizeof *b);

	(void)pthread_mutex_init(&b->mutex, NULL);
	b->max = max;
	b->share = share;
	b->rows = limiter_new(SOURCES_REMEMBERED);
	b->waiting = notes_new();
	return b;
}

void
audit_backlog_free(struct audit_backlog *b)
{
	if (!b)
		return;
	notes_free(b->waiting);
	limiter_free(b->rows);
	(void)pthread_mutex_destroy(&b->mutex);
	free(b);
}

/* One subscriber may hold 2^80 addresses of IPv6. */
static struct str
network_of(const struct context *cx)
{
	struct ipaddr ip;

	if (ipaddr_parse(cx->ip, &ip) || ip.size == 4)
		return cx->ip;
	return str_printf(cx->arena, "%.*s/48", STR_ARG(ipaddr_text(cx->arena, ipaddr_site(ip))));
}

bool
audit_backlog_add_times(struct audit_backlog *b, const struct context *cx,
	const struct audit_record *record, int64_t times)
{
	struct str from = network_of(cx);
	bool kept;

	(void)pthread_mutex_lock(&b->mutex);
	kept = keep(b, source_of(b->waiting, b->max, record->actor, from), cx, record, times);
	(void)pthread_mutex_unlock(&b->mutex);
	return kept;
}

bool
audit_backlog_add(
	struct audit_backlog *b, const struct context *cx, const struct audit_record *record)
{
	metrics_count(cx->metrics, METRIC_AUDIT_EVENTS, record->event);
	return audit_backlog_add_times(b, cx, record, 1);
}

bool
audit_backlog_pay(
	struct audit_backlog *b, const struct context *cx, const struct audit_record *record)
{
	struct str from = network_of(cx);
	bool paid;

	(void)pthread_mutex_lock(&b->mutex);
	paid = pay(b, record, from, cx->now_ms);
	if (!paid)
		b->waiting->totals[record->event]++;
	(void)pthread_mutex_unlock(&b->mutex);
	if (!paid)
		metrics_count(cx->metrics, METRIC_AUDIT_EVENTS, record->event);
	return paid;
}

static bool
has_totals(const struct audit_notes *notes)
{
	for (size_t i = 0; i < AUDIT_EVENT_COUNT; i++)
		if (notes->totals[i])
			return true;
	return false;
}

bool
audit_backlog_is_empty(struct audit_backlog *b)
{
	bool empty;

	(void)pthread_mutex_lock(&b->mutex);
	empty = !b->waiting->sources && !has_totals(b->waiting);
	(void)pthread_mutex_unlock(&b->mutex);
	return empty;
}

/* All that waits; but the totals once a minute. */
static struct audit_notes *
take_notes(struct audit_backlog *b, const struct audit_flush *flush)
{
	struct audit_notes *notes;

	(void)pthread_mutex_lock(&b->mutex);
	notes = b->waiting;
	b->waiting = notes_new();
	if (!flush->last && flush->now_ms - b->totals_ms < TOTALS_EVERY_MS) {
		memcpy(b->waiting->totals, notes->totals, sizeof notes->totals);
		memset(notes->totals, 0, sizeof notes->totals);
	} else if (has_totals(notes)) {
		b->totals_ms = flush->now_ms;
	}
	(void)pthread_mutex_unlock(&b->mutex);
	return notes;
}

static void
put_back_folded(struct audit_notes *notes, size_t max, const struct source *newer)
{
	struct source *s = source_of(notes, max, newer->actor, newer->from);

	for (size_t i = 0; i < AUDIT_EVENT_COUNT; i++)
		if (!newer->folded[i])
			continue;
		else if (s)
			fold(s, i, newer->folded[i], newer->folded_ms);
		else
			notes->lost += newer->folded[i];
}

/* In front of what came meanwhile. */
static void
put_back(struct audit_backlog *b, struct audit_notes *notes)
{
	struct audit_notes *newer;

	(void)pthread_mutex_lock(&b->mutex);
	newer = b->waiting;
	b->waiting = notes;
	notes->lost += newer->lost;
	for (size_t i = 0; i < AUDIT_EVENT_COUNT; i++)
		notes->totals[i] += newer->totals[i];
	for (const struct note *n = newer->first; n; n = n->next)
		(void)keep(b, source_of(notes, b->max, n->source->actor, n->source->from), &n->cx,
			&n->record, n->times);
	for (const struct source *s = newer->sources; s; s = s->next)
		put_back_folded(notes, b->max, s);
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

static enum err
write_folded(struct store *s, struct arena *arena, const struct source *source)
{
	struct context cx = {.arena = arena, .now_ms = source->folded_ms, .ip = source->from};
	enum err e = OK;

	for (size_t i = 0; i < AUDIT_EVENT_COUNT && !e; i++)
		if (source->folded[i])
			e = audit_write(s, &cx,
				&(struct audit_record){.event = i,
					.actor = source->actor,
					.target = STR("various"),
					.detail = str_printf(arena, "folded=%lld",
						(long long)source->folded[i])});
	return e;
}

static enum err
write_lost(struct store *s, const struct audit_flush *flush)
{
	if (!flush->taken->lost)
		return OK;
	return audit_write(s, &(struct context){.arena = flush->arena, .now_ms = flush->now_ms},
		&(struct audit_record){.event = AUDIT_EVENT_NOTES_LOST,
			.actor = AUDIT_SYSTEM,
			.target = AUDIT_SYSTEM,
			.detail = str_printf(
				flush->arena, "lost=%lld", (long long)flush->taken->lost)});
}

static enum err
write_totals(struct store *s, const struct audit_flush *flush)
{
	struct context cx = {.arena = flush->arena, .now_ms = flush->now_ms};
	enum err e = OK;

	for (size_t i = 0; i < AUDIT_EVENT_COUNT && !e; i++)
		if (flush->taken->totals[i])
			e = audit_write(s, &cx,
				&(struct audit_record){.event = i,
					.actor = STR("various"),
					.target = STR("various"),
					.detail = str_printf(flush->arena, "folded=%lld",
						(long long)flush->taken->totals[i])});
	return e;
}

enum err
audit_backlog_write(struct store *s, void *arg)
{
	struct audit_flush *flush = arg;
	enum err e;

	if (!flush->taken)
		flush->taken = take_notes(flush->backlog, flush);
	for (const struct note *n = flush->taken->first; n; n = n->next)
		if ((e = write_note(s, flush->arena, n)))
			return e;
	for (const struct source *from = flush->taken->sources; from; from = from->next)
		if ((e = write_folded(s, flush->arena, from)))
			return e;
	if ((e = write_totals(s, flush)))
		return e;
	return write_lost(s, flush);
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
