/*
 * The threads behind the loops, a pool for each kind of work that must not wait for another
 * (lib/base/lane.h), and the one writer that commits changes in groups.
 *
 * Readers exist where a read is a round trip (PostgreSQL).  What comes while they
 * wait for an answer is a batch, which reads ahead together: one round trip for all
 * (server/gate/ahead.h).
 *
 * Hashing takes a tenth of a second of a processor and 16 MB: hashers are few and
 * yield to everybody else, so that however many people try passwords, tokens are
 * issued as before.
 *
 * Calling another server takes as long as that one likes: callers are bounded too, and wait
 * for nobody but each other, so that a slow one keeps nobody from a page or a token.
 */
#ifndef SERVER_ENGINE_WORK_H
#define SERVER_ENGINE_WORK_H

#include "server/exchange.h"

/* In the order in which they feed each other. */
enum pool_kind {
	POOL_READERS, /* LANE_AHEAD where reads are round trips, in batches that read together */
	POOL_WORKERS, /* LANE_WORKER, and what has no threads of its own */
	POOL_HASHERS, /* LANE_HASHER, strangers */
	POOL_KNOWN,   /* LANE_HASHER, those whom no stranger may keep waiting */
	POOL_CALLERS, /* LANE_CALLER */
	POOL_WRITER,  /* the one thread that commits */
	POOL_COUNT
};

/* How many handlers may be under way at once, off the loops. */
size_t work_thread_count(const struct server *);
/* Those of them that ask other servers. */
size_t work_caller_count(const struct server *);
/* Starts the pools of the server. */
MUST_USE enum err work_start(struct server *, struct diag *);
/* How many wait there; 0 for a pool that there is not. */
int64_t work_waiting(const struct server *, enum pool_kind);
/* NULL for one that there is not. */
struct pool *work_pool(const struct server *, enum pool_kind);
/* True while there is a writer. */
bool work_can_commit(const struct server *);
/* Sets the gauges of the queues. */
void work_look(const struct server *);
/* Finishes what is queued, in the order in which they feed each other; what the
 * writer gives back to the others then is answered ERR_BUSY. */
void work_stop(struct server *);

/* All hand the exchange over; it comes back through http_deliver.  An error
 * means it was not taken, and nothing happened.  work_run takes it to those who
 * may do what comes next: its guards, or its handler. */
MUST_USE enum err work_run(struct exchange *);
MUST_USE enum err work_commit(struct exchange *);
/* The same for several, all or none. */
MUST_USE enum err work_commit_all(struct server *, const struct jobs *);
/* Commits a change that is no exchange's, and waits for it. Not for loops,
 * workers or the writer itself. */
MUST_USE enum err work_change(struct server *, store_change *, void *arg);

#endif
