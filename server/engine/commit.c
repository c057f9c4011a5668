/* Groups of changes, and how long they wait for another process. */
#include "server/engine/commit.h"

#include "lib/base/clock.h"
#include "server/exchange.h"
#include "server/server.h"

#include <string.h>

/* docs/MONITORING.md says it. */
enum { LOCK_WAIT_US = 5 * 1000 * 1000 };

static void
commit(struct server *server, struct store *store, store_change *changes[], void *args[],
	enum err results[], size_t count)
{
	struct metrics_shard *m = metrics_shard(server->metrics, METRICS_WRITER);
	int64_t started_us = metrics_now_us(m);
	uint64_t writes = store_writes(store);
	enum err failure = OK;

	metrics_add(m, METRIC_DB_BUSY, 0, 1);
	store_commit_group(store, changes, args, results, count);
	metrics_add(m, METRIC_DB_BUSY, 0, -1);
	metrics_observe(m, METRIC_COMMIT_SIZE, 0, (int64_t)count);
	metrics_observe_since(m, METRIC_COMMIT_TIME, 0, started_us);
	for (size_t i = 0; i < count; i++)
		failure = results[i] == ERR_STORE ? ERR_STORE : failure;
	health_note_group(&server->health, store, writes, failure);
}

static int64_t
lock_wait_left_us(const struct job *job, int64_t now_us)
{
	return ((const struct exchange *)job)->change_since_us + LOCK_WAIT_US - now_us;
}

/* None waits because of those that came with it: the group gives up with its oldest. */
static bool
limit_lock_wait(struct store *store, struct job *const jobs[], size_t count)
{
	int64_t now_us = clock_monotonic_us(), left_us = LOCK_WAIT_US;

	for (size_t i = 0; i < count; i++)
		if (lock_wait_left_us(jobs[i], now_us) < left_us)
			left_us = lock_wait_left_us(jobs[i], now_us);
	return store_wait_for_lock(store, left_us > 0 ? (left_us + 999) / 1000 : 0);
}

/* Nothing was begun: it can be tried again. */
static bool
found_locked(struct store *store, const enum err results[], size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (results[i] != ERR_STORE)
			return false;
	return store_trouble(store) == STORE_LOCKED;
}

/* Brings those that have waited for long enough to the front; how many. */
static size_t
late_first(struct job *jobs[], size_t count)
{
	int64_t now_us = clock_monotonic_us();
	size_t late = 0;

	for (size_t i = 0; i < count; i++) {
		struct job *job = jobs[i];

		if (lock_wait_left_us(job, now_us) > 0)
			continue;
		memmove(&jobs[late + 1], &jobs[late], (i - late) * sizeof jobs[0]);
		jobs[late++] = job;
	}
	return late;
}

size_t
commit_together(struct store *store, struct job *jobs[], enum err results[], size_t count)
{
	store_change *changes[WRITE_BATCH] = {NULL};
	void *args[WRITE_BATCH] = {NULL};
	bool is_limited = limit_lock_wait(store, jobs, count);

	for (size_t i = 0; i < count; i++) {
		struct exchange *x = (struct exchange *)jobs[i];

		changes[i] = x->change;
		args[i] = x->change_arg;
	}
	commit(((struct exchange *)jobs[0])->server, store, changes, args, results, count);
	return is_limited && found_locked(store, results, count) ? late_first(jobs, count) : count;
}
