/* Which thread works on an exchange, and how one hands it to the next. */
#include "server/engine/work.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "server/engine/commit.h"
#include "server/engine/http.h"
#include "server/reply.h"
#include "server/route.h"
#include "server/server.h"
#include "server/upcalls.h"

#include <semaphore.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum {
	WORK_WAITING_MAX = 4096,
	WRITE_WAITING_MAX = 8192,
	READ_BATCH = 32,
	WORK_NICE = 5,
	/* More would not be done before their deadline. */
	HASH_WAITING_MAX = 64,
	HASH_NICE = 10,
	HASHERS_MAX = 8,
	CALL_WAITING_MAX = 64,
	CALLERS_MAX = 8,
	/* Where reads or limits leave the process, most workers wait for one. */
	WORKERS_PER_PROCESSOR = 4,
	READERS_PER_PROCESSOR = 2,
};

static const size_t queue_labels[POOL_COUNT] = {
	[POOL_READERS] = LABEL_QUEUE_READER,
	[POOL_WORKERS] = LABEL_QUEUE_WORKER,
	[POOL_HASHERS] = LABEL_QUEUE_HASHER,
	[POOL_KNOWN] = LABEL_QUEUE_HASHER_KNOWN,
	[POOL_CALLERS] = LABEL_QUEUE_CALLER,
	[POOL_WRITER] = LABEL_QUEUE_WRITER,
};

static enum pool_kind
kind_for(const struct exchange *x)
{
	static const enum pool_kind kinds[LANE_COUNT] = {
		/* The quick ones come here if a key or a limit is to be waited for, or reads are.
		 */
		[LANE_LOOP] = POOL_WORKERS,
		[LANE_QUICK] = POOL_WORKERS,
		[LANE_AHEAD] = POOL_READERS,
		[LANE_WORKER] = POOL_WORKERS,
		[LANE_HASHER] = POOL_HASHERS,
		[LANE_CALLER] = POOL_CALLERS,
	};
	enum pool_kind kind = kinds[x->lane];

	if (kind == POOL_HASHERS && x->known_as)
		kind = POOL_KNOWN;
	return x->server->pools[kind] ? kind : POOL_WORKERS;
}

static void
count_refused(const struct exchange *x, enum pool_kind kind, size_t count)
{
	metrics_add(x->cx.metrics, METRIC_QUEUE_REFUSED, queue_labels[kind], (int64_t)count);
}

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
	if (!writer && atomic_fetch_add(&server->connections, 1) >= spare_from)
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

/* ---- what is done together goes back together ---- */

struct chains {
	struct exchange *heads[WRITE_BATCH];
	struct exchange *tails[WRITE_BATCH];
	size_t count;
};

/* Appends x to the chain of its loop. */
static void
chain(struct chains *c, struct exchange *x)
{
	x->next = NULL;
	for (size_t i = 0; i < c->count; i++) {
		if (c->heads[i]->loop != x->loop)
			continue;
		c->tails[i]->next = x;
		c->tails[i] = x;
		return;
	}
	c->heads[c->count] = c->tails[c->count] = x;
	c->count++;
}

static void
deliver(const struct chains *c)
{
	for (size_t i = 0; i < c->count; i++)
		http_deliver(c->heads[i]);
}

/* The functions below that return bool return true while the exchange is theirs, and false once
 * it belongs to another thread: then not even its state may be looked at. */

static bool
commit_if_it_changes(struct exchange *x)
{
	enum err e;

	if (!exchange_changes(x))
		return true;
	if (!(e = work_commit(x)))
		return false;
	x->server->upcalls->refused(x, e);
	return true;
}

static bool
is_late(const struct exchange *x)
{
	return clock_monotonic_us() > x->cx.deadline_us;
}

/* In the first half second of a first start there is no key for ID tokens yet.
 * Looking now and then is enough for what happens once in a server's life. */
static bool
await_keys(struct exchange *x)
{
	const struct timespec pause = {.tv_nsec = 2 * 1000 * 1000};

	while (!issuer_is_complete(x->cx.issuer)) {
		if (is_late(x))
			return false;
		(void)nanosleep(&pause, NULL);
		x->cx.issuer = atomic_load(&x->server->issuer);
	}
	return true;
}

static bool
give_up(struct exchange *x)
{
	count_refused(x, kind_for(x), 1);
	x->server->upcalls->refused(x, ERR_BUSY);
	return true;
}

/* It has waited, and another has got its place. */
static void
refuse(struct job *job)
{
	struct exchange *x = (struct exchange *)job;

	(void)give_up(x);
	x->next = NULL;
	http_deliver(x);
}

static bool
pass_on(struct exchange *x)
{
	enum err e = work_run(x);

	if (!e)
		return false;
	x->server->upcalls->refused(x, e);
	return true;
}

/* The guards, if they are still to come. */
static bool
begin(struct exchange *x)
{
	enum lane lane = x->lane;

	if (is_late(x) || (x->route->flags & ROUTE_KEYS && !await_keys(x)))
		return give_up(x);
	if (x->state == EXCHANGE_ROUTED && !x->server->upcalls->guard(x))
		return true;
	if (x->lane != lane)
		return pass_on(x);
	if (x->lane == LANE_AHEAD && !x->server->reads_are_local)
		x->server->upcalls->read_ahead(x);
	return true;
}

/* A batch is answered together: one statement after the other that waits in vain must
 * not hold up those that are done for longer than anybody waits. */
static bool
handle(struct exchange *x)
{
	if (is_late(x))
		return give_up(x);
	if (!x->server->upcalls->handle(x))
		return pass_on(x);
	return commit_if_it_changes(x);
}

/* All are begun before one is handled, so that they read ahead together. */
static void
run_handlers(void *state, struct job *jobs[], size_t count)
{
	struct metrics_shard *busy = ((struct exchange *)jobs[0])->cx.metrics;
	bool ours[READ_BATCH];
	struct chains done;

	done.count = 0;
	metrics_add(busy, METRIC_DB_BUSY, 0, 1);
	for (size_t i = 0; i < count; i++) {
		struct exchange *x = (struct exchange *)jobs[i];

		x->cx.store = state;
		ours[i] = begin(x);
	}
	for (size_t i = 0; i < count; i++) {
		struct exchange *x = (struct exchange *)jobs[i];

		if (ours[i] && x->state != EXCHANGE_DECIDED)
			ours[i] = handle(x);
		if (ours[i])
			chain(&done, x);
	}
	store_end_ahead(state);
	metrics_add(busy, METRIC_DB_BUSY, 0, -1);
	deliver(&done);
}

/* ---- the writer ---- */

static void *
start_writer(void *context)
{
	return open_store(context, true);
}

/* Ends the exchange, or begins it anew.  Quick handlers are run again here, at once.  A slow one
 * would keep all other writers waiting: it goes back to where it ran. */
static bool
conclude(struct exchange *x, enum err e)
{
	if (!x->server->upcalls->must_rerun(x, e)) {
		x->server->upcalls->committed(x, e);
		return true;
	}
	if (x->server->upcalls->is_quick(x) && x->server->upcalls->handle(x))
		return commit_if_it_changes(x);
	return pass_on(x);
}

static void
finish_changes(struct store *store, struct job *jobs[], const enum err results[], size_t count)
{
	struct chains done;

	done.count = 0;
	for (size_t i = 0; i < count; i++) {
		struct exchange *x = (struct exchange *)jobs[i];

		x->cx.store = store;
		if (x->finished) {
			x->finished(x, results[i]);
			continue;
		}
		if (conclude(x, results[i]))
			chain(&done, x);
	}
	deliver(&done);
}

static void
run_changes(void *state, struct job *jobs[], size_t count)
{
	enum err results[WRITE_BATCH];

	while (count) {
		size_t done = commit_together(state, jobs, results, count);

		finish_changes(state, jobs, results, done);
		jobs += done;
		count -= done;
	}
}

/* ---- the pools ---- */

static size_t
take_threads(int64_t *left, int64_t wanted)
{
	int64_t taken = wanted < *left ? wanted : *left;

	*left -= taken;
	return taken > 0 ? (size_t)taken : 0;
}

/* Half of the processors: the other half stays for what takes microseconds. */
static int64_t
hashers_wanted(int64_t processors)
{
	int64_t n = processors / 2;

	if (n > HASHERS_MAX)
		return HASHERS_MAX;
	return n > 0 ? n : 1;
}

/* Where reads leave the process each thread has a connection, of a limited number: first come
 * those without which nobody signs in.  Callers are many for what they do to a processor.
 * Readers are few, so that what comes while they read is read together; there are none where
 * reads cost no round trip, or the limits cost one for every request. */
static void
count_threads(const struct server *server, size_t ret[static POOL_COUNT])
{
	const struct config *config = server_config(server);
	int64_t processors = sysconf(_SC_NPROCESSORS_ONLN);
	bool waits = !server->reads_are_local || server->limits_are_shared;
	int64_t workers = config->workers ? config->workers : processors;
	int64_t left = INT64_MAX;

	/* One at least is for the workers. */
	if (!server->reads_are_local)
		left = config->database_max_open_conns - CONNECTIONS_FIXED - 1;
	if (!config->workers && waits)
		workers *= WORKERS_PER_PROCESSOR;
	ret[POOL_HASHERS] = take_threads(&left, hashers_wanted(processors));
	ret[POOL_KNOWN] = take_threads(&left, hashers_wanted(processors / 2));
	ret[POOL_CALLERS] = take_threads(&left, left / 4 < CALLERS_MAX ? left / 4 : CALLERS_MAX);
	ret[POOL_READERS] = 0;
	if (!server->reads_are_local && !server->limits_are_shared)
		ret[POOL_READERS] = take_threads(&left, READERS_PER_PROCESSOR * processors);
	ret[POOL_WORKERS] = 1 + take_threads(&left, workers - 1);
	ret[POOL_WRITER] = 1;
}

static const struct {
	const char *name;
	size_t limit, batch;
	int nice;
	void *(*start)(void *server);
	void (*run)(void *state, struct job *jobs[], size_t count);
	void (*refuse)(struct job *);
} pools[POOL_COUNT] = {
	[POOL_READERS] = {"reader", WORK_WAITING_MAX, READ_BATCH, WORK_NICE, start_worker,
		run_handlers, refuse},
	[POOL_WORKERS] = {"worker", WORK_WAITING_MAX, 1, WORK_NICE, start_worker, run_handlers,
		refuse},
	[POOL_HASHERS] = {"hasher", HASH_WAITING_MAX, 1, HASH_NICE, start_worker, run_handlers,
		refuse},
	[POOL_KNOWN] = {"hasher", HASH_WAITING_MAX, 1, WORK_NICE, start_worker, run_handlers,
		refuse},
	[POOL_CALLERS] = {"caller", CALL_WAITING_MAX, 1, WORK_NICE, start_worker, run_handlers,
		refuse},
	/* First come, first served: it is faster than whoever has as many connections. */
	[POOL_WRITER] = {"writer", WRITE_WAITING_MAX, WRITE_BATCH, 0, start_writer, run_changes,
		NULL},
};

size_t
work_thread_count(const struct server *server)
{
	size_t counts[POOL_COUNT], sum = 0;

	count_threads(server, counts);
	for (size_t kind = 0; kind < POOL_WRITER; kind++)
		sum += counts[kind];
	return sum;
}

size_t
work_caller_count(const struct server *server)
{
	size_t counts[POOL_COUNT];

	count_threads(server, counts);
	return counts[POOL_CALLERS] ? counts[POOL_CALLERS] : counts[POOL_WORKERS];
}

static enum err
start_pool(struct server *server, enum pool_kind kind, size_t threads)
{
	struct pool_setup setup = {
		.name = pools[kind].name,
		.threads = threads,
		.limit = pools[kind].limit,
		.batch = pools[kind].batch,
		.thread_start = pools[kind].start,
		.thread_end = end_thread,
		.rest = server->reads_are_local || kind == POOL_WRITER ? NULL : rest,
		.run = pools[kind].run,
		.refuse = pools[kind].refuse,
		.context = server,
		.nice = pools[kind].nice,
	};

	return setup.threads ? pool_start(&setup, &server->pools[kind]) : OK;
}

/* The writer first: it prepares every statement. */
enum err
work_start(struct server *server, struct diag *diag)
{
	size_t counts[POOL_COUNT];
	enum err e;

	server->pools = xcalloc(POOL_COUNT, sizeof *server->pools);
	count_threads(server, counts);
	for (size_t kind = POOL_COUNT; kind-- > 0;)
		if ((e = start_pool(server, (enum pool_kind)kind, counts[kind])))
			return diag_set(
				diag, e, "cannot start a %s: see the line above", pools[kind].name);
	return OK;
}

void
work_stop(struct server *server)
{
	if (!server->pools)
		return;
	/* Each submits to the others until all have ended. */
	for (size_t kind = 0; kind < POOL_COUNT; kind++)
		pool_end(server->pools[kind]);
	for (size_t kind = 0; kind < POOL_COUNT; kind++)
		pool_free(server->pools[kind]);
	free(server->pools);
	server->pools = NULL;
}

struct pool *
work_pool(const struct server *server, enum pool_kind kind)
{
	return server->pools ? server->pools[kind] : NULL;
}

int64_t
work_waiting(const struct server *server, enum pool_kind kind)
{
	return server->pools ? (int64_t)pool_waiting(server->pools[kind]) : 0;
}

bool
work_can_commit(const struct server *server)
{
	return server->pools && server->pools[POOL_WRITER];
}

void
work_look(const struct server *server)
{
	for (size_t kind = 0; kind < POOL_COUNT; kind++)
		metrics_set(server->metrics, METRIC_QUEUE_DEPTH, queue_labels[kind],
			work_waiting(server, (enum pool_kind)kind));
}

/* Those whose address a proxy has garbled are one party. */
static struct party
party_of(const struct exchange *x, enum pool_kind kind)
{
	if (kind == POOL_KNOWN)
		return (struct party){{x->known_as}};
	if (!x->request.ip.size && x->request.peer_uid < 0)
		return (struct party){{1, 1, 1}};
	return party_of_address(x->request.ip);
}

static enum err
submit(struct exchange *x, enum pool_kind kind)
{
	enum err e;

	x->job.party = party_of(x, kind);
	if ((e = pool_submit(x->server->pools[kind], &x->job)))
		count_refused(x, kind, 1);
	return e;
}

enum err
work_run(struct exchange *x)
{
	return submit(x, kind_for(x));
}

enum err
work_commit_all(struct server *server, const struct jobs *changes)
{
	const struct exchange *first = (const struct exchange *)changes->first;
	enum err e = pool_submit_all(server->pools[POOL_WRITER], changes);

	if (e)
		count_refused(first, POOL_WRITER, changes->count);
	return e;
}

enum err
work_commit(struct exchange *x)
{
	return submit(x, POOL_WRITER);
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

	if (!work_can_commit(server))
		return change_alone(server, change, arg);
	w = xcalloc(1, sizeof *w);
	w->exchange.server = server;
	w->exchange.change = change;
	w->exchange.change_arg = arg;
	w->exchange.change_since_us = clock_monotonic_us();
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
