/* A short list of looks that have their row. */
#include "lib/audit/look.h"

#include "lib/metrics/metrics.h"

#include <pthread.h>
#include <stdlib.h>

/* Without room for it a look is a row each second. */
enum { LOOKS_MAX = 256, FOLDED_MS = 5 * 60 * 1000 };

struct look {
	struct look *next;
	struct arena arena; /* of the texts */
	struct audit_record record;
	struct context cx;
	int64_t times; /* after the first */
	int64_t until_ms;
};

struct audit_looks {
	pthread_mutex_t mutex;
	struct look *first;
	size_t count;
};

struct audit_looks *
audit_looks_new(void)
{
	struct audit_looks *all = xcalloc(1, sizeof *all);

	(void)pthread_mutex_init(&all->mutex, NULL);
	return all;
}

static void
forget(struct audit_looks *all, struct look **at)
{
	struct look *l = *at;

	*at = l->next;
	all->count--;
	arena_free(&l->arena);
	free(l);
}

void
audit_looks_free(struct audit_looks *all)
{
	if (!all)
		return;
	while (all->first)
		forget(all, &all->first);
	(void)pthread_mutex_destroy(&all->mutex);
	free(all);
}

static void
remember(struct audit_looks *all, const struct context *cx, const struct audit_record *r)
{
	struct look *l;

	if (all->count == LOOKS_MAX)
		return;
	l = xcalloc(1, sizeof *l);
	l->record = (struct audit_record){.event = r->event,
		.actor = str_copy(&l->arena, r->actor),
		.target = str_copy(&l->arena, r->target),
		.detail = str_copy(&l->arena, r->detail)};
	l->cx = (struct context){
		.ip = str_copy(&l->arena, cx->ip),
		.user_agent = str_copy(&l->arena, str_first(cx->user_agent, AUDIT_AGENT_MAX)),
		.request_id = str_copy(&l->arena, cx->request_id),
	};
	l->until_ms = cx->now_ms + FOLDED_MS;
	l->next = all->first;
	all->first = l;
	all->count++;
}

static struct look *
find(const struct audit_looks *all, const struct context *cx, const struct audit_record *r)
{
	struct look *l = all->first;

	while (l &&
		!(l->record.event == r->event && cx->now_ms < l->until_ms &&
			str_eq(l->record.actor, r->actor) && str_eq(l->cx.ip, cx->ip) &&
			str_eq(l->record.target, r->target) && str_eq(l->record.detail, r->detail)))
		l = l->next;
	return l;
}

bool
audit_looks_add(struct audit_looks *all, struct audit_backlog *b, const struct context *cx,
	const struct audit_record *record)
{
	struct look *l;

	(void)pthread_mutex_lock(&all->mutex);
	if ((l = find(all, cx, record))) {
		l->times++;
		l->cx.now_ms = cx->now_ms;
	} else {
		remember(all, cx, record);
	}
	(void)pthread_mutex_unlock(&all->mutex);
	if (!l)
		return audit_backlog_add(b, cx, record);
	metrics_count(cx->metrics, METRIC_AUDIT_EVENTS, record->event);
	return true;
}

void
audit_looks_ripen(struct audit_looks *all, struct audit_backlog *b, int64_t now_ms, bool last)
{
	struct look **at = &all->first, *l;
	struct arena arena = {0};

	(void)pthread_mutex_lock(&all->mutex);
	while ((l = *at))
		if (last || now_ms >= l->until_ms) {
			l->cx.arena = &arena;
			if (l->times)
				(void)audit_backlog_add_times(b, &l->cx, &l->record, l->times);
			forget(all, at);
		} else {
			at = &l->next;
		}
	(void)pthread_mutex_unlock(&all->mutex);
	arena_free(&arena);
}
