/* Pools, and what runs in them. */
#include "server/work.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "server/dispatch.h"
#include "server/http.h"
#include "server/limit.h"
#include "server/reply.h"
#include "server/route.h"
#include "server/server.h"

#include <semaphore.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
	WORK_WAITING_MAX = 4096,
	WRITE_WAITING_MAX = 8192,
	WRITE_BATCH = 256,
	/* A client that has waited longer has given up; its work is skipped. */
	WORK_DEADLINE_US = 10 * 1000 * 1000,
	WORK_NICE = 5,
	/* More would not be done before their deadline. */
	HASH_WAITING_MAX = 64,
	HASH_NICE = 10,
	HASHERS_MAX = 8,
	/* Where reads or limits leave the process, most workers wait for one. */
	WORKERS_PER_PROCESSOR = 4,
};

/* ---- workers ---- */

enum {
	/* The writer's and housekeeping's, which are never idle for long. */
	CONNECTIONS_FIXED = 2,
	SPARE_IDLE_S = 1,
};

static void *
open_store(struct server *server, bool writer)
{
	struct store_setup setup = server->store;
	struct store *store = NULL;
	struct diag diag = {""};
	int64_t spare_from = server_config(server)->database_max_idle_conns - CONNECTIONS_FIXED;

	setup.writer = writer;
	if (!writer && atomic_fetch_add(&server->readers, 1) >= spare_from)
		setup.max_idle_s = SPARE_IDLE_S;
	if (store_open(&setup, &store, &diag)) {
		log_error("cannot open the database", log_c("why", diag.text));
		return NULL;
	}
	return store;
}

static void *
start_worker(void *context)
{
	return open_store(context, false);
}

static int64_t
rest(void *state)
{
	return store_rest(state);
}

static void
end_thread(void *state)
{
	store_close(state);
}

/* True if the exchange now belongs to the writer. */
static bool
settle(struct exchange *x)
{
	enum err e;

	if (!x->change)
		return false;
	if (!(e = work_commit(x)))
		return true;
	dispatch_committed(x, e);
	return false;
}

/* The guards, if they are still to come, and the handler, unless it is for others.
 * True if x now belongs to somebody else. */
static bool
advance(struct exchange *x)
{
	bool had_guards = x->guarded;
	enum err e;

	if (!had_guards && !dispatch_guard(x))
		return false;
	if ((had_guards || !x->hashes) && dispatch_handle(x))
		return settle(x);
	if (!(e = work_run(x)))
		return true;
	dispatch_committed(x, e);
	return false;
}

/* In the first half second of a first start there is no key for ID tokens yet.
 * Looking now and then is enough for what happens once in a server's life. */
static bool
await_keys(struct exchange *x)
{
	const struct timespec pause = {.tv_nsec = 2 * 1000 * 1000};

	while (!issuer_is_complete(x->cx.issuer)) {
		if (clock_monotonic_us() - x->started_us > WORK_DEADLINE_US)
			return false;
		(void)nanosleep(&pause, NULL);
		x->cx.issuer = atomic_load(&x->server->issuer);
	}
	return true;
}

static void
give_up(struct exchange *x)
{
	metrics_count(x->cx.metrics, METRIC_QUEUE_REFUSED,
		x->hashes ? LABEL_QUEUE_HASHER : LABEL_QUEUE_WORKER);
	reply_error(x, ERR_BUSY);
}

static void
run_handlers(void *state, struct job *jobs[], size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct exchange *x = (struct exchange *)jobs[i];
		struct metrics_shard *busy = x->cx.metrics;

		x->cx.store = state;
		metrics_add(busy, METRIC_DB_BUSY, 0, 1);
		if (clock_monotonic_us() - x->started_us > WORK_DEADLINE_US ||
			(x->route->flags & ROUTE_KEYS && !await_keys(x)))
			give_up(x);
		else if (advance(x))
			x = NULL;
		metrics_add(busy, METRIC_DB_BUSY, 0, -1);
		if (x)
			http_deliver(x);
	}
}

/* ---- the writer ---- */

static void *
start_writer(void *context)
{
	return open_store(context, true);
}

/* Appends x to the chain of its loop. */
static size_t
chain(struct exchange *heads[], struct exchange *tails[], size_t count, struct exchange *x)
{
	x->next = NULL;
	for (size_t i = 0; i < count; i++) {
		if (heads[i]->loop != x->loop)
			continue;
		tails[i]->next = x;
		tails[i] = x;
		return count;
	}
	heads[count] = tails[count] = x;
	return count + 1;
}

/* Ends the exchange, or begins it anew; true if it now belongs to somebody else.
 * Quick handlers are run again here, at once.  A slow one would keep all other
 * writers waiting: it goes back to where it ran. */
static bool
conclude(struct exchange *x, enum err e)
{
	if (!dispatch_must_rerun(x, e)) {
		dispatch_committed(x, e);
		return false;
	}
	if (dispatch_is_quick(x) && dispatch_handle(x))
		return settle(x);
	if (!(e = work_run(x)))
		return true;
	dispatch_committed(x, e);
	return false;
}

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

static void
run_changes(void *state, struct job *jobs[], size_t count)
{
	store_change *changes[WRITE_BATCH] = {NULL};
	void *args[WRITE_BATCH] = {NULL};
	enum err results[WRITE_BATCH];
	struct exchange *heads[WRITE_BATCH];
	struct exchange *tails[WRITE_BATCH];
	size_t chains = 0;

	for (size_t i = 0; i < count; i++) {
		struct exchange *x = (struct exchange *)jobs[i];

		changes[i] = x->change;
		args[i] = x->change_arg;
	}
	commit(((struct exchange *)jobs[0])->server, state, changes, args, results, count);
	for (size_t i = 0; i < count; i++) {
		struct exchange *x = (struct exchange *)jobs[i];

		x->cx.store = state;
		if (x->finished) {
			x->finished(x, results[i]);
			continue;
		}
		if (!conclude(x, results[i]))
			chains = chain(heads, tails, chains, x);
	}
	for (size_t i = 0; i < chains; i++)
		http_deliver(heads[i]);
}

/* ---- */

static enum err
start_the_writer(struct server *server)
{
	const struct pool_setup setup = {
		.name = "writer",
		.threads = 1,
		.limit = WRITE_WAITING_MAX,
		.batch = WRITE_BATCH,
		.thread_start = start_writer,
		.thread_end = end_thread,
		.run = run_changes,
		.context = server,
	};

	return pool_start(&setup, &server->writer);
}

/* Half of the processors: the other half stays for what takes microseconds. */
static size_t
hasher_count(const struct server *server)
{
	int64_t n = sysconf(_SC_NPROCESSORS_ONLN) / 2;
	int64_t connections = server_config(server)->database_max_open_conns - CONNECTIONS_FIXED;

	if (n > HASHERS_MAX)
		n = HASHERS_MAX;
	/* One connection at least is for the workers. */
	if (!server->reads_are_local && n > connections - 1)
		n = connections - 1;
	return n > 0 ? (size_t)n : 1;
}

static size_t
worker_count(const struct server *server)
{
	const struct config *config = server_config(server);
	int64_t n = config->workers ? config->workers : sysconf(_SC_NPROCESSORS_ONLN);
	int64_t connections =
		config->database_max_open_conns - CONNECTIONS_FIXED - (int64_t)hasher_count(server);

	if (!config->workers && (!server->reads_are_local || limit_is_shared(config)))
		n *= WORKERS_PER_PROCESSOR;
	if (!server->reads_are_local && n > connections)
		n = connections;
	return n > 0 ? (size_t)n : 1;
}

size_t
work_thread_count(const struct server *server)
{
	return worker_count(server) + hasher_count(server);
}

static enum err
start_workers(struct server *server)
{
	struct pool_setup setup = {
		.name = "worker",
		.threads = worker_count(server),
		.limit = WORK_WAITING_MAX,
		.batch = 1,
		.thread_start = start_worker,
		.thread_end = end_thread,
		.rest = server->reads_are_local ? NULL : rest,
		.run = run_handlers,
		.context = server,
		.nice = WORK_NICE,
	};
	enum err e = pool_start(&setup, &server->workers);

	if (e)
		return e;
	setup.name = "hasher";
	setup.threads = hasher_count(server);
	setup.limit = HASH_WAITING_MAX;
	setup.nice = HASH_NICE;
	return pool_start(&setup, &server->hashers);
}

enum err
work_start(struct server *server, struct diag *diag)
{
	enum err e;

	if ((e = start_the_writer(server)))
		return diag_set(diag, e, "cannot start the writer: see the line above");
	if ((e = start_workers(server)))
		return diag_set(diag, e, "cannot start the workers: see the line above");
	return OK;
}

void
work_stop(struct server *server)
{
	/* Each submits to the others until all have ended. */
	pool_end(server->workers);
	pool_end(server->hashers);
	pool_end(server->writer);
	pool_free(server->workers);
	pool_free(server->hashers);
	pool_free(server->writer);
	server->workers = server->hashers = server->writer = NULL;
}

static enum err
submit(struct pool *pool, struct exchange *x, size_t queue)
{
	enum err e = pool_submit(pool, &x->job);

	if (e)
		metrics_count(x->cx.metrics, METRIC_QUEUE_REFUSED, queue);
	return e;
}

enum err
work_run(struct exchange *x)
{
	struct server *server = x->server;

	if (x->hashes)
		return submit(server->hashers, x, LABEL_QUEUE_HASHER);
	return submit(server->workers, x, LABEL_QUEUE_WORKER);
}

enum err
work_commit(struct exchange *x)
{
	return submit(x->server->writer, x, LABEL_QUEUE_WRITER);
}

/* ---- changes without a request ---- */

struct waiting {
	struct exchange exchange; /* first: finish gets it back */
	sem_t done;
	enum err result;
};

static void
finish(struct exchange *x, enum err e)
{
	struct waiting *w = (struct waiting *)x;

	w->result = e;
	(void)sem_post(&w->done);
}

static enum err
change_alone(struct server *server, store_change *change, void *arg)
{
	struct store *store = open_store(server, true);
	enum err e = store ? store_transaction(store, change, arg) : ERR_STORE;

	store_close(store);
	return e;
}

enum err
work_change(struct server *server, store_change *change, void *arg)
{
	struct waiting *w;
	enum err e;

	if (!server->writer)
		return change_alone(server, change, arg);
	w = xcalloc(1, sizeof *w);
	w->exchange.server = server;
	w->exchange.change = change;
	w->exchange.change_arg = arg;
	w->exchange.finished = finish;
	(void)sem_init(&w->done, 0, 0);
	if (!(e = work_commit(&w->exchange))) {
		while (sem_wait(&w->done))
			;
		e = w->result;
	}
	(void)sem_destroy(&w->done);
	free(w);
	return e;
}
