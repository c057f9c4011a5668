/*
 * Tries the database when nobody else does, so that a readiness probe need not: an
 * empty transaction every second, and one that writes every half minute or, while
 * something is wrong, every second.  And tells the service manager what came of it.
 */
#ifndef SERVER_WATCH_H
#define SERVER_WATCH_H

#include "lib/base/diag.h"

struct server;
struct watch;

/* After the loops and the writer have started. */
MUST_USE enum err watch_start(struct server *, struct watch **ret, struct diag *);
/* Before they end; NULL is allowed. */
void watch_stop(struct watch *);

#endif
