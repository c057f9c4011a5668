/*
 * The thread that does chores (server/keep/chore.h) when they are due: it deletes
 * what has expired, in small batches, and keeps the signing keys going.  Its
 * changes go through the writer like everybody's.
 */
#ifndef SERVER_KEEP_HOUSEKEEPING_H
#define SERVER_KEEP_HOUSEKEEPING_H

#include "lib/base/diag.h"

struct server;
struct housekeeping;

MUST_USE enum err housekeeping_start(struct server *, struct housekeeping **ret, struct diag *);
/* Ends the thread; NULL is allowed. */
void housekeeping_stop(struct housekeeping *);

#endif
