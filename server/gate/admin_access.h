/*
 * Who may use the admin API: whoever can open the admin socket, whose mode says so,
 * and, if admin.http is on, the bearer of an access token as bearer_find_admin
 * (lib/oauth/bearer.h) wants it, more strictly for changes.  Never a cookie: a page of another site
 * cannot make a browser administer anything.
 */
#ifndef SERVER_GATE_ADMIN_ACCESS_H
#define SERVER_GATE_ADMIN_ACCESS_H

#include "server/exchange.h"

/* How the audit trail names who is on this computer: "unix:alice", by their uid, which
 * they have proved to the socket; "offline:alice" who uses the database itself. */
struct str admin_access_actor(struct arena *, const char *by, int64_t uid);
/* Sets cx.actor.  ERR_NOT_FOUND for everybody who has no door. */
MUST_USE enum err admin_access_check(struct exchange *);

#endif
