/*
 * The browser's sign-in: an opaque credential in a cookie, a row in the
 * database.  What is stored is lib/store/session.h.
 */
#ifndef SERVER_GATE_SESSION_H
#define SERVER_GATE_SESSION_H

#include "server/exchange.h"

/* Fills x->session and x->user if the cookie names a live session of a user
 * who is not disabled; anything else is an anonymous visitor.  Fails only if
 * the database does. */
MUST_USE enum err session_load(struct exchange *);
/* Names a change that notes the use of the session, at most once a minute and
 * only if the exchange changes nothing else. */
void session_touch_if_due(struct exchange *);
/* Makes the row of a new session and gives the browser its cookie; the caller's
 * change inserts the row. */
MUST_USE enum err session_start(struct exchange *, struct id user, struct session *ret);
/* The browser's session goes on under a new secret, as if it began now with the
 * password that was proven; the caller's change stores it (session_renew). */
MUST_USE enum err session_renew_cookie(struct exchange *, struct session *ret);
/* Takes the cookie away. */
void session_end(struct exchange *);

#endif
