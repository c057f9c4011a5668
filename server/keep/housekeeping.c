/* When chores are done: one thread, a table of periods, an election. */
#include "server/keep/housekeeping.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "server/engine/work.h"
#include "server/keep/census.h"
#include "server/keep/chore.h"
#include "server/keep/election.h"
#include "server/server.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

/* A batch is small enough that no request waits noticeably behind it; a purge
 * goes on with batches until one is not full. */
enum { TICK_S = 1, BATCH_ROWS = 500, BATCHES_MAX = 200, US_PER_MS = 1000, US_PER_S = 1000 * 1000 };

struct progress {
	struct id walk;
	/* Under the mutex, for those who ask. */
	int64_t next_us;
	int64_t ran_ms, took_ms, failed_ms;
	int64_t runs, failures;
	enum err error;
};

struct housekeeping {
	struct server *server;
	struct store *store; /* for reading */
	struct election election;
	struct census census;
	pthread_t thread;
	pthread_mutex_t mutex;
	pthread_cond_t wake;
	bool is_stopping, leads;
	struct progress *progress; /* of each chore */
};

static bool
is_stopping(struct housekeeping *h)
{
	bool stopping;

	(void)pthread_mutex_lock(&h->mutex);
	stopping = h->is_stopping;
	(void)pthread_mutex_unlock(&h->mutex);
	return stopping;
}

/* ---- one chore ---- */

static enum err
run_purge(const struct chore_call *call, size_t i)
{
	struct purge p = {
		.config = server_config(call->server),
		.now_ms = clock_now_ms(),
		.rows = BATCH_ROWS,
		.walk = call->house->progress[i].walk,
	};
	int64_t total = 0;
	enum err e = OK;

	for (int batch = 0; batch < BATCHES_MAX && chore_may_go_on(call); batch++) {
		if ((e = work_change(call->server, chores[i].purge, &p)))
			break;
		total += p.deleted;
		if (chores[i].purged)
			chores[i].purged(call, p.deleted);
		if (p.deleted < BATCH_ROWS && !p.more)
			break;
	}
	call->house->progress[i].walk = p.walk;
	if (total)
		log_debug("purged", log_c("chore", chores[i].name), log_i64("rows", total));
	return e;
}

static void
keep_result(struct housekeeping *h, size_t i, int64_t began_us, enum err e)
{
	struct progress *p = &h->progress[i];
	int64_t now_us = clock_monotonic_us();

	(void)pthread_mutex_lock(&h->mutex);
	p->ran_ms = clock_now_ms();
	p->took_ms = (now_us - began_us) / US_PER_MS;
	p->next_us = began_us + chores[i].period_s * US_PER_S;
	p->runs++;
	if (e) {
		p->failures++;
		p->error = e;
		p->failed_ms = p->ran_ms;
	}
	(void)pthread_mutex_unlock(&h->mutex);
}

static void
run_chore(struct housekeeping *h, size_t i)
{
	struct arena arena = {0};
	struct chore_call call = {h, h->server, &h->census, h->store, &arena};
	int64_t began_us = clock_monotonic_us();
	enum err e = chores[i].purge ? run_purge(&call, i) : chores[i].run(&call);

	keep_result(h, i, began_us, e);
	if (e)
		log_warning("background job failed", log_c("job", chores[i].name),
			log_c("error", err_name(e)));
	arena_free(&arena);
}

/* ---- what is due ---- */

static void
run_if_due(struct housekeeping *h, size_t i, bool noticed)
{
	int64_t now_us = clock_monotonic_us();

	if (now_us < h->progress[i].next_us && !(noticed && chores[i].on_notice))
		return;
	run_chore(h, i);
}

static void
do_own_chores(struct housekeeping *h)
{
	bool noticed = store_noticed(h->store);

	for (size_t i = 0; i < chores_count; i++)
		if (chores[i].place == CHORE_HERE)
			run_if_due(h, i, noticed);
}

static void
do_elected_chores(struct housekeeping *h)
{
	for (size_t i = 0; i < chores_count; i++)
		if (chores[i].place == CHORE_ELECTED && election_is_won(&h->election))
			run_if_due(h, i, false);
}

bool
chore_may_go_on(const struct chore_call *call)
{
	struct housekeeping *h = call->house;

	election_stand(&h->election);
	do_own_chores(h);
	return !is_stopping(h) && election_is_won(&h->election);
}

bool
chore_is_elected(const struct chore_call *call)
{
	return election_is_won(&call->house->election);
}

/* ---- the thread ---- */

static void
sleep_until_due(struct housekeeping *h)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += TICK_S;
	(void)pthread_mutex_lock(&h->mutex);
	while (!h->is_stopping && !pthread_cond_timedwait(&h->wake, &h->mutex, &until))
		;
	(void)pthread_mutex_unlock(&h->mutex);
}

static void
note_leader(struct housekeeping *h)
{
	bool leads = election_is_won(&h->election);

	(void)pthread_mutex_lock(&h->mutex);
	h->leads = leads;
	(void)pthread_mutex_unlock(&h->mutex);
}

static void *
keep_house(void *arg)
{
	struct housekeeping *h = arg;

	(void)pthread_setname_np(pthread_self(), "housekeeping");
	while (!is_stopping(h)) {
		election_stand(&h->election);
		note_leader(h);
		do_own_chores(h);
		do_elected_chores(h);
		sleep_until_due(h);
	}
	election_leave(&h->election);
	return NULL;
}

static void
init_waiting(struct housekeeping *h)
{
	pthread_condattr_t attr;

	(void)pthread_mutex_init(&h->mutex, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&h->wake, &attr);
	(void)pthread_condattr_destroy(&attr);
}

static void
release(struct housekeeping *h)
{
	(void)pthread_cond_destroy(&h->wake);
	(void)pthread_mutex_destroy(&h->mutex);
	store_close(h->store);
	free(h->progress);
	free(h);
}

static enum err
begin(struct housekeeping *h, struct diag *diag)
{
	struct store_setup setup = h->server->store;
	enum err e;

	setup.listen = true;
	if ((e = store_open(&setup, &h->store, diag)))
		return e;
	if ((e = election_init(&h->election, h->server, h->store)))
		return diag_set(diag, e, "there is no randomness");
	if (pthread_create(&h->thread, NULL, keep_house, h))
		return diag_set(diag, ERR_UNAVAILABLE, "cannot start the housekeeping thread");
	return OK;
}

enum err
housekeeping_start(struct server *server, struct diag *diag)
{
	struct housekeeping *h = xcalloc(1, sizeof *h);
	enum err e;

	h->server = server;
	h->progress = xcalloc(chores_count, sizeof *h->progress);
	init_waiting(h);
	if ((e = begin(h, diag))) {
		release(h);
		return e;
	}
	atomic_store(&server->housekeeping, h);
	return OK;
}

void
housekeeping_stop(struct server *server)
{
	struct housekeeping *h = atomic_load(&server->housekeeping);

	if (!h)
		return;
	(void)pthread_mutex_lock(&h->mutex);
	h->is_stopping = true;
	(void)pthread_cond_signal(&h->wake);
	(void)pthread_mutex_unlock(&h->mutex);
	(void)pthread_join(h->thread, NULL);
	store_close(h->store);
	h->store = NULL;
}

void
housekeeping_free(struct server *server)
{
	struct housekeeping *h = atomic_exchange(&server->housekeeping, NULL);

	if (h)
		release(h);
}

/* ---- how it goes ---- */

size_t
housekeeping_job_count(void)
{
	return chores_count;
}

static struct housekeeping_job
job_of(const struct housekeeping *h, size_t i, int64_t now_us)
{
	const struct progress *p = &h->progress[i];
	bool is_elected = chores[i].place == CHORE_ELECTED;
	struct housekeeping_job job = {
		.name = str_of(chores[i].name),
		.period_s = chores[i].period_s,
		.is_elected = is_elected,
		.is_here = !is_elected || h->leads,
		.runs = p->runs,
		.failures = p->failures,
		.ran_ms = p->ran_ms,
		.took_ms = p->took_ms,
		.error = p->error,
		.failed_ms = p->failed_ms,
	};

	if (job.is_here && !h->is_stopping)
		job.next_ms = clock_now_ms() +
			      (p->next_us > now_us ? (p->next_us - now_us) / US_PER_MS : 0);
	return job;
}

bool
housekeeping_look(const struct server *server, struct housekeeping_job *ret)
{
	struct housekeeping *h = atomic_load(&server->housekeeping);
	int64_t now_us = clock_monotonic_us();

	if (!h)
		return false;
	(void)pthread_mutex_lock(&h->mutex);
	for (size_t i = 0; i < chores_count; i++)
		ret[i] = job_of(h, i, now_us);
	(void)pthread_mutex_unlock(&h->mutex);
	return true;
}

bool
housekeeping_leads(const struct server *server)
{
	struct housekeeping *h = atomic_load(&server->housekeeping);
	bool leads = false;

	if (!h)
		return false;
	(void)pthread_mutex_lock(&h->mutex);
	leads = h->leads;
	(void)pthread_mutex_unlock(&h->mutex);
	return leads;
}
