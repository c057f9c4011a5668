/*
 * The thread that tells clients of the end of a session (lib/oauth/logout_delivery.h).
 * It waits for other people's servers, so nobody waits for it: a chore looks whether
 * anything is due and wakes it.  It has no connection to the database; what it reads
 * and writes are changes of the writer.
 */
#ifndef SERVER_KEEP_NOTICES_H
#define SERVER_KEEP_NOTICES_H

#include "lib/base/diag.h"

struct notices;
struct server;

MUST_USE enum err notices_start(struct server *, struct notices **ret, struct diag *);
/* Something is due, and this node is elected to send it: for the next few seconds. */
void notices_wake(struct notices *);
/* Gives up what is under way and ends the thread; NULL is allowed. */
void notices_stop(struct notices *);

#endif
