/*
 * struct pool: threads that work on a bounded queue.  Everything that would
 * block an event loop goes through one.
 *
 * A job is a struct that begins with struct job; the pool never allocates or
 * frees it.  When the queue is full pool_submit says so at once: full means a
 * 503, not memory.
 *
 * Where strangers' jobs wait, setup.refuse makes the queue a fair one: each party (shares.h)
 * waits behind its own jobs rather than behind those of others, and when the queue is full, who
 * has few jobs in it gets the place of one of those who have many.  Who is alone may fill it.
 */
#ifndef LIB_BASE_POOL_H
#define LIB_BASE_POOL_H

#include "lib/base/shares.h"

struct job {
	struct job *next;
	struct party party; /* whose it is, where the queue is fair */
	uint64_t turn;      /* the pool's */
};

/* Jobs in order, to be submitted at once; begins as {0}. */
struct jobs {
	struct job *first, *last;
	size_t count;
};

void jobs_add(struct jobs *, struct job *);

struct pool_setup {
	const char *name; /* thread name, at most 15 bytes */
	size_t threads;
	size_t limit;                         /* jobs waiting at most */
	size_t batch;                         /* jobs handed over at once, at least 1 */
	void *(*thread_start)(void *context); /* per-thread state, e.g. a store connection */
	void (*thread_end)(void *state);
	void (*run)(void *state, struct job *jobs[], size_t count);
	/* May be NULL, else the queue is fair: this one was queued, and has lost its place to
	 * another that is being submitted.  On the thread that submits. */
	void (*refuse)(struct job *);
	/* May be NULL.  Called when a thread finds nothing to do, to put away what it
	 * does not need; says after how many ms it wants to be called again if there
	 * still is nothing, 0 for never. */
	int64_t (*rest)(void *state);
	void *context;
	int nice; /* added to the threads' niceness */
};

struct pool;

/* Starts the threads; returns after every thread_start has run.  A NULL from
 * thread_start stops the pool again with ERR_UNAVAILABLE. */
MUST_USE enum err pool_start(const struct pool_setup *, struct pool **ret);
/* ERR_BUSY if the queue is full or the pool is stopping. Any thread. */
MUST_USE enum err pool_submit(struct pool *, struct job *);
/* The same for one or more: all or none.  It wakes one thread: for pools that have one,
 * which then finds them all; not for fair queues. */
MUST_USE enum err pool_submit_all(struct pool *, const struct jobs *);
/* Finishes what is queued, then ends the threads and frees the pool. */
void pool_stop(struct pool *);
/* The two halves, for pools that submit to each other: after pool_end every
 * pool_submit is ERR_BUSY.  Both take NULL. */
void pool_end(struct pool *);
void pool_free(struct pool *);
/* What it was started with. */
const struct pool_setup *pool_setup(const struct pool *);
/* 0 for NULL. */
size_t pool_waiting(struct pool *);

#endif
