/*
 * Tries the database when nobody else does, so that a readiness probe need not: an
 * empty transaction every second, and one that writes every half minute or, while
 * something is wrong, every second.
 */
#ifndef SERVER_WATCH_H
#define SERVER_WATCH_H

#include "lib/base/diag.h"

struct server;
struct watch;

/* After the writer has started. */
MUST_USE enum err watch_start(struct server *, struct watch **ret, struct diag *);
/* Before the writer ends; NULL is allowed. */
void watch_stop(struct watch *);

#endif
