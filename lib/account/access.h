/*
 * Who has access to an account, browsers and clients, and taking it away.
 *
 * What works on a struct access_change is a whole change (lib/store/store.h) and
 * uses of it what it needs.  It looks at what is the user's own and nothing else:
 * what is another's, is gone or is in that state already is ERR_NOT_FOUND.  It
 * writes the audit trail.
 */
#ifndef LIB_ACCOUNT_ACCESS_H
#define LIB_ACCOUNT_ACCESS_H

#include "lib/audit/context.h"
#include "lib/store/user.h"

/* What was given on behalf of somebody who has since become another: whose password is a
 * new one, who was disabled or lost a role, who wants all of it back.  Sessions and what
 * could still be redeemed (codes, approved devices) always end, and the clients of the
 * sessions are told; tokens and remembered consents end unless they are kept.  Part of a
 * change. */
struct access_end {
	const struct context *cx;
	struct id user;
	struct id kept_session; /* zero: none */
	bool keeps_tokens;
};
MUST_USE enum err access_end(struct store *, const struct access_end *);

struct access_change {
	const struct context *cx;
	const struct user *user; /* whose it is: who asks, unless an operator does */
	struct id session_id;    /* the browser that asks */
	struct id id;            /* of a session, family or client */
};

/* Ends a browser's session or a family, whichever has this id. */
enum err access_revoke(struct store *, void *access_change);
/* The same for one that its user does not know: whatever was given in that browser ends, too,
 * the trail says so, and whoever is asked by a device of the same network is warned for a
 * while (lib/store/disowned_network.h). */
enum { ACCESS_DISOWNED_TTL_S = 7 * 24 * 3600 };
enum err access_disown(struct store *, void *access_change);
/* Makes every token of a family invalid until it is enabled again. */
enum err access_disable(struct store *, void *access_change);
enum err access_enable(struct store *, void *access_change);
/* Ends all but the browser that asks: sessions, families, approved codes. */
enum err access_revoke_all(struct store *, void *access_change);
/* Ends all that a client has of this user, and forgets the consent. */
enum err access_revoke_client(struct store *, void *access_change);

#endif
