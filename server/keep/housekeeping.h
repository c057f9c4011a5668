/*
 * The thread that does chores (server/keep/chore.h) when they are due: it deletes
 * what has expired, in small batches, and keeps the signing keys going.  Its
 * changes go through the writer like everybody's.
 */
#ifndef SERVER_KEEP_HOUSEKEEPING_H
#define SERVER_KEEP_HOUSEKEEPING_H

#include "lib/base/diag.h"
#include "lib/base/str.h"

struct server;

MUST_USE enum err housekeeping_start(struct server *, struct diag *);
/* Ends the thread, if it was started; what it did can still be asked. */
void housekeeping_stop(struct server *);
/* When nobody asks any more. */
void housekeeping_free(struct server *);

/* How a chore goes, as it was told last.  Instants that have not been are 0. */
struct housekeeping_job {
	struct str name;
	int64_t period_s;
	bool is_elected; /* only the leader does it */
	bool is_here;    /* this node does it, now */
	int64_t runs, failures;
	int64_t ran_ms, took_ms, next_ms;
	enum err error; /* of the last failure */
	int64_t failed_ms;
};
/* At most this many. */
size_t housekeeping_job_count(void);
/* False if there is no housekeeping here. */
bool housekeeping_look(const struct server *, struct housekeeping_job *ret);
/* Whether this node does what only one does. */
bool housekeeping_leads(const struct server *);

#endif
