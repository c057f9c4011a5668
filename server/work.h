/*
 * The threads behind the loops: workers for handlers that may block, hashers for
 * those that hash a password, and the one writer that commits changes in groups.
 *
 * Hashing takes a tenth of a second of a processor and 16 MB: hashers are few and
 * yield to everybody else, so that however many people try passwords, tokens are
 * issued as before.
 */
#ifndef SERVER_WORK_H
#define SERVER_WORK_H

#include "server/exchange.h"

/* How many handlers may be under way at once, off the loops. */
size_t work_thread_count(const struct server *);
/* Starts the pools of the server. */
MUST_USE enum err work_start(struct server *, struct diag *);
/* Finishes what is queued, in the order in which they feed each other; what the
 * writer gives back to the others then is answered ERR_BUSY. */
void work_stop(struct server *);

/* Both hand the exchange over; it comes back through http_deliver.  An error
 * means it was not taken, and nothing happened.  work_run takes it to those who
 * may do what comes next: its guards, or its handler. */
MUST_USE enum err work_run(struct exchange *);
MUST_USE enum err work_commit(struct exchange *);
/* Commits a change that is no exchange's, and waits for it. Not for loops,
 * workers or the writer itself. */
MUST_USE enum err work_change(struct server *, store_change *, void *arg);

#endif
