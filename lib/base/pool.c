/* One mutex, one list of jobs, threads that take a batch at a time. */
#include "lib/base/pool.h"

#include "lib/base/arena.h"
#include "lib/base/clock.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { NS_PER_MS = 1000 * 1000 };

struct pool {
	struct pool_setup setup;
	pthread_mutex_t lock;
	pthread_cond_t work;    /* a job came, or the pool is stopping */
	pthread_cond_t started; /* a thread has run its thread_start */
	struct job *first;
	struct job **end;
	size_t waiting;
	size_t idle;    /* threads asleep on `work` */
	size_t arrived; /* threads whose thread_start is over */
	bool stopping;
	bool broken; /* a thread_start failed */
	size_t thread_count;
	pthread_t threads[];
};

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
	return !p->first && !p->stopping;
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
	while (p->first && count < p->setup.batch) {
		jobs[count++] = p->first;
		p->first = p->first->next;
	}
	if (!p->first)
		p->end = &p->first;
	p->waiting -= count;
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
	p->end = &p->first;
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
	enum err e = OK;

	(void)pthread_mutex_lock(&p->lock);
	if (p->stopping || p->waiting + jobs->count > p->setup.limit) {
		e = ERR_BUSY;
	} else {
		jobs->last->next = NULL;
		*p->end = jobs->first;
		p->end = &jobs->last->next;
		p->waiting += jobs->count;
		if (p->idle)
			(void)pthread_cond_signal(&p->work);
	}
	(void)pthread_mutex_unlock(&p->lock);
	return e;
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
	free(p);
}

void
pool_stop(struct pool *p)
{
	pool_end(p);
	pool_free(p);
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
