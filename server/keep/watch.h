/*
 * Tries the database when nobody else does, so that a readiness probe need not: an
 * empty transaction every second, and one that writes every half minute or, while
 * something is wrong, every second.  And tells the service manager what came of it.
 */
#ifndef SERVER_KEEP_WATCH_H
#define SERVER_KEEP_WATCH_H

#include "lib/base/diag.h"

struct server;
struct watch;

/* After the loops and the writer have started. */
MUST_USE enum err watch_start(struct server *, struct watch **ret, struct diag *);
/* Before the loops end.  The last probe may still be with the writer: that a server
 * stops does not wait for a database that is stuck.  NULL is allowed, here and below. */
void watch_stop(struct watch *);
/* After the writer has ended. */
void watch_free(struct watch *);

#endif
