/*
 * One mutex, one queue of jobs, threads that take a batch at a time.
 *
 * The queue is a ring of lists, one for each turn.  A job waits as many turns as its party has
 * jobs in the queue already, in steps of a hundredth of the queue: start-time fair queueing,
 * by the length of a line instead of its time.  Where nobody has a party all jobs get the same
 * turn, and one list is all there is.
 */
#include "lib/base/pool.h"

#include "lib/base/arena.h"
#include "lib/base/clock.h"

#include <assert.h>
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum {
	NS_PER_MS = 1000 * 1000,
	TURNS = 128, /* of the ring; nobody waits longer than half of it */
	TURNS_AHEAD_MAX = TURNS / 2 - 1,
	WORD_BITS = 64,
};

struct list {
	struct job *first;
	struct job **end;
};

struct pool {
	struct pool_setup setup;
	pthread_mutex_t lock;
	pthread_cond_t work;    /* a job came, or the pool is stopping */
	pthread_cond_t started; /* a thread has run its thread_start */
	struct list turns[TURNS];
	uint64_t filled[TURNS / WORD_BITS]; /* bits: turns that somebody waits for */
	uint64_t turn;                      /* the one whose jobs are taken now */
	size_t waiting;
	struct shares *shares; /* of a fair queue: how many jobs each party has in it */
	size_t idle;           /* threads asleep on `work` */
	size_t arrived;        /* threads whose thread_start is over */
	bool stopping;
	bool broken; /* a thread_start failed */
	size_t thread_count;
	pthread_t threads[];
};

/* ---- the queue; the lock is held ---- */

static void
append(struct pool *p, uint64_t turn, const struct jobs *jobs)
{
	size_t at = turn % TURNS;
	struct list *list = &p->turns[at];

	assert(turn - p->turn <= TURNS_AHEAD_MAX + 1);
	if (!list->first)
		list->end = &list->first;
	jobs->last->next = NULL;
	*list->end = jobs->first;
	list->end = &jobs->last->next;
	p->filled[at / WORD_BITS] |= UINT64_C(1) << at % WORD_BITS;
	p->waiting += jobs->count;
	assert(p->waiting <= p->setup.limit);
	if (p->shares) {
		jobs->first->turn = turn;
		shares_take(p->shares, &jobs->first->party);
	}
}

static struct job *
remove_first(struct pool *p, uint64_t turn)
{
	size_t at = turn % TURNS;
	struct job *job = p->turns[at].first;

	assert(p->waiting && job && (!p->shares || job->turn == turn));
	p->turns[at].first = job->next;
	if (!job->next)
		p->filled[at / WORD_BITS] &= ~(UINT64_C(1) << at % WORD_BITS);
	p->waiting--;
	if (p->shares)
		shares_give_back(p->shares, &job->party);
	return job;
}

static bool
is_filled(const struct pool *p, uint64_t turn)
{
	size_t at = turn % TURNS;

	return p->filled[at / WORD_BITS] >> at % WORD_BITS & 1;
}

/* There is one. */
static struct job *
take_next(struct pool *p)
{
	assert(p->waiting);
	while (!is_filled(p, p->turn))
		p->turn++;
	return remove_first(p, p->turn);
}

/* Behind those whose turn it is already, which so ends some time. */
static uint64_t
turn_of(const struct pool *p, const struct job *job)
{
	size_t step = p->setup.limit / TURNS_AHEAD_MAX + 1;

	return p->shares ? p->turn + 1 + shares_mean(p->shares, &job->party) / step : p->turn;
}

static uint64_t
last_turn(const struct pool *p)
{
	uint64_t turn = p->turn + TURNS_AHEAD_MAX + 1;

	while (turn > p->turn && !is_filled(p, turn))
		turn--;
	return turn;
}

/* False if it cannot be; *ret_loser is who has to go for it, or NULL. */
static bool
enqueue(struct pool *p, const struct jobs *jobs, struct job **ret_loser)
{
	uint64_t turn = turn_of(p, jobs->first);
	uint64_t last;

	*ret_loser = NULL;
	if (p->stopping)
		return false;
	if (p->waiting + jobs->count > p->setup.limit) {
		if (!p->shares || turn >= (last = last_turn(p)))
			return false;
		*ret_loser = remove_first(p, last);
	}
	append(p, turn, jobs);
	return true;
}

/* ---- threads ---- */

static void
dress_thread(const struct pool_setup *setup)
{
	id_t self = (id_t)gettid();
	int niceness;

	(void)pthread_setname_np(pthread_self(), setup->name);
	if (!setup->nice)
		return;
	errno = 0;
	niceness = getpriority(PRIO_PROCESS, self);
	if (niceness != -1 || errno == 0)
		(void)setpriority(PRIO_PROCESS, self, niceness + setup->nice);
}

static void *
start_state(struct pool *p)
{
	const struct pool_setup *setup = &p->setup;
	void *state = setup->thread_start ? setup->thread_start(setup->context) : setup->context;

	(void)pthread_mutex_lock(&p->lock);
	p->arrived++;
	if (setup->thread_start && !state)
		p->broken = true;
	(void)pthread_cond_signal(&p->started);
	(void)pthread_mutex_unlock(&p->lock);
	return state;
}

static bool
has_nothing_to_do(const struct pool *p)
{
	return !p->waiting && !p->stopping;
}

/* Asleep until something comes, or for so long; the lock is held. */
static void
sleep_for(struct pool *p, int64_t ms)
{
	struct timespec until;

	p->idle++;
	if (ms) {
		(void)clock_gettime(CLOCK_MONOTONIC, &until);
		until.tv_sec += ms / MS_PER_S;
		until.tv_nsec += ms % MS_PER_S * NS_PER_MS;
		if (until.tv_nsec >= MS_PER_S * NS_PER_MS) {
			until.tv_sec++;
			until.tv_nsec -= MS_PER_S * NS_PER_MS;
		}
		(void)pthread_cond_timedwait(&p->work, &p->lock, &until);
	} else {
		(void)pthread_cond_wait(&p->work, &p->lock);
	}
	p->idle--;
}

/* What rest does takes its time, so not under the lock. */
static int64_t
rest(struct pool *p, void *state)
{
	int64_t ms;

	(void)pthread_mutex_unlock(&p->lock);
	ms = p->setup.rest(state);
	(void)pthread_mutex_lock(&p->lock);
	return ms;
}

/* Waits for jobs; 0 when the pool is stopping and nothing is left. */
static size_t
take_batch(struct pool *p, void *state, struct job *jobs[])
{
	size_t count = 0;

	(void)pthread_mutex_lock(&p->lock);
	while (has_nothing_to_do(p)) {
		int64_t ms = p->setup.rest ? rest(p, state) : 0;

		if (has_nothing_to_do(p))
			sleep_for(p, ms);
	}
	while (p->waiting && count < p->setup.batch)
		jobs[count++] = take_next(p);
	(void)pthread_mutex_unlock(&p->lock);
	return count;
}

static void *
work(void *argument)
{
	struct pool *p = argument;
	struct job **jobs;
	size_t count;
	void *state;

	dress_thread(&p->setup);
	state = start_state(p);
	if (p->setup.thread_start && !state)
		return NULL;
	/* NOLINTNEXTLINE(bugprone-sizeof-expression): an array of pointers is meant */
	jobs = xcalloc(p->setup.batch, sizeof jobs[0]);
	while ((count = take_batch(p, state, jobs)) > 0)
		p->setup.run(state, jobs, count);
	free(jobs);
	if (p->setup.thread_end)
		p->setup.thread_end(state);
	return NULL;
}

/* Signals stay with the threads that asked for them, not with workers. */
static bool
start_threads(struct pool *p)
{
	sigset_t all, before;
	bool broken;

	(void)sigfillset(&all);
	(void)pthread_sigmask(SIG_SETMASK, &all, &before);
	while (p->thread_count < p->setup.threads &&
		pthread_create(&p->threads[p->thread_count], NULL, work, p) == 0)
		p->thread_count++;
	(void)pthread_sigmask(SIG_SETMASK, &before, NULL);

	(void)pthread_mutex_lock(&p->lock);
	while (p->arrived < p->thread_count)
		(void)pthread_cond_wait(&p->started, &p->lock);
	broken = p->broken || p->thread_count < p->setup.threads;
	(void)pthread_mutex_unlock(&p->lock);
	return !broken;
}

enum err
pool_start(const struct pool_setup *setup, struct pool **ret)
{
	struct pool *p = xcalloc(1, sizeof *p + setup->threads * sizeof p->threads[0]);
	pthread_condattr_t attr;

	p->setup = *setup;
	if (!p->setup.batch)
		p->setup.batch = 1;
	if (setup->refuse)
		p->shares = shares_new(setup->limit);
	(void)pthread_mutex_init(&p->lock, NULL);
	(void)pthread_condattr_init(&attr);
	(void)pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
	(void)pthread_cond_init(&p->work, &attr);
	(void)pthread_condattr_destroy(&attr);
	(void)pthread_cond_init(&p->started, NULL);
	if (!start_threads(p)) {
		pool_stop(p);
		return ERR_UNAVAILABLE;
	}
	*ret = p;
	return OK;
}

enum err
pool_submit_all(struct pool *p, const struct jobs *jobs)
{
	struct job *loser;
	bool taken;

	assert(jobs->count == 1 || !p->shares);
	(void)pthread_mutex_lock(&p->lock);
	taken = enqueue(p, jobs, &loser);
	if (taken && p->idle)
		(void)pthread_cond_signal(&p->work);
	(void)pthread_mutex_unlock(&p->lock);
	if (loser)
		p->setup.refuse(loser);
	return taken ? OK : ERR_BUSY;
}

enum err
pool_submit(struct pool *p, struct job *job)
{
	return pool_submit_all(p, &(struct jobs){job, job, 1});
}

void
jobs_add(struct jobs *jobs, struct job *job)
{
	job->next = NULL;
	if (jobs->last)
		jobs->last->next = job;
	else
		jobs->first = job;
	jobs->last = job;
	jobs->count++;
}

void
pool_end(struct pool *p)
{
	if (!p)
		return;
	(void)pthread_mutex_lock(&p->lock);
	p->stopping = true;
	(void)pthread_cond_broadcast(&p->work);
	(void)pthread_mutex_unlock(&p->lock);
	for (size_t i = 0; i < p->thread_count; i++)
		(void)pthread_join(p->threads[i], NULL);
	p->thread_count = 0;
}

void
pool_free(struct pool *p)
{
	if (!p)
		return;
	(void)pthread_cond_destroy(&p->started);
	(void)pthread_cond_destroy(&p->work);
	(void)pthread_mutex_destroy(&p->lock);
	shares_free(p->shares);
	free(p);
}

void
pool_stop(struct pool *p)
{
	pool_end(p);
	pool_free(p);
}

const struct pool_setup *
pool_setup(const struct pool *p)
{
	return &p->setup;
}

size_t
pool_waiting(struct pool *p)
{
	size_t waiting;

	if (!p)
		return 0;
	(void)pthread_mutex_lock(&p->lock);
	waiting = p->waiting;
	(void)pthread_mutex_unlock(&p->lock);
	return waiting;
}
