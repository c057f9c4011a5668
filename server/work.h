/*
 * The threads behind the loops: workers for handlers that may block, and with
 * SQLite the one writer that commits changes in groups.
 */
#ifndef SERVER_WORK_H
#define SERVER_WORK_H

#include "server/exchange.h"

/* Starts the pools of the server. */
MUST_USE enum err work_start(struct server *, struct diag *);
/* Finishes what is queued, workers first, because they feed the writer; what the
 * writer gives back to them then is answered ERR_BUSY. */
void work_stop(struct server *);

/* Both hand the exchange over; it comes back through http_deliver.  An error
 * means it was not taken, and nothing happened. */
MUST_USE enum err work_run(struct exchange *);
MUST_USE enum err work_commit(struct exchange *);
/* Commits a change that is no exchange's, and waits for it. Not for loops,
 * workers or the writer itself. */
MUST_USE enum err work_change(struct server *, store_change *, void *arg);

#endif
