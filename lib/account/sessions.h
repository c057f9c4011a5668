/*
 * Sessions as a whole: when one is alive, and how it ends.
 *
 * A session never ends alone.  Codes that came of it and were not redeemed are
 * dead, or a client would take up a session of which nobody will tell it that
 * it has ended; and the clients that redeemed theirs are told.  On PostgreSQL a
 * redemption at the same time has either come before, and its client is told,
 * or finds a dead code.
 */
#ifndef LIB_ACCOUNT_SESSIONS_H
#define LIB_ACCOUNT_SESSIONS_H

#include "lib/audit/context.h"
#include "lib/store/session.h"

/* Neither expired nor left idle for too long. */
bool sessions_is_live(const struct context *, const struct session *);
/* A change: it was seen at its seen_ms.  One that has ended is no reason to fail a request. */
enum err sessions_touch(struct store *, void *session);
/* Parts of a change.  ERR_NO_ROW if there is no such session of this user. */
MUST_USE enum err sessions_end(
	struct store *, const struct context *, struct id user, struct id session);
/* All of a user but one, or with the zero id all; codes of the kept one end too. */
MUST_USE enum err sessions_end_others(
	struct store *, const struct context *, struct id user, struct id kept);

#endif
