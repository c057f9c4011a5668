/*
 * Invitations: an operator makes a link and gives it to somebody who has no password yet, and who
 * chooses one with it.  It is good once and for a while; the database has the digest of its secret.
 * A newer one takes its place; a password that comes in another way makes it worthless.
 */
#ifndef LIB_ACCOUNT_INVITATION_H
#define LIB_ACCOUNT_INVITATION_H

#include "lib/audit/context.h"
#include "lib/store/invitation.h"
#include "lib/store/user.h"

enum { INVITATION_S = 3 * 24 * 3600, INVITATION_MAX_S = 30 * 24 * 3600 };

/* Made for a user; the link leaves the process once. */
struct invitation_offer {
	const struct context *cx;
	struct invitation invitation;
	struct str link;
};
/* life_ms: at most INVITATION_MAX_S; 0: INVITATION_S. */
MUST_USE enum err invitation_offer_prepare(
	struct context *, struct id user, int64_t life_ms, struct invitation_offer *ret);
/* The change: ERR_INVITATION_NEEDLESS if the user has a password. */
enum err invitation_offer_store(struct store *, void *invitation_offer);
/* The same for a user who has just been made. */
enum err invitation_offer_put(struct store *, const struct invitation_offer *);

/* Taken by whoever has the link. */
struct invitation_answer {
	struct context *cx;
	struct user user;
	struct invitation invitation;
	struct str wanted, repeated; /* the password, as typed */
	struct str hash;
};
/* Reads what the token of a link stands for; ERR_INVITATION_GONE for all that is no good. */
MUST_USE enum err invitation_read(
	struct context *, struct str token, struct invitation_answer *ret);
/* ERR_PASSWORD_... if the password will not do.  Hashes: from a worker. */
MUST_USE enum err invitation_answer_check(struct invitation_answer *);
/* The change: ERR_INVITATION_GONE if somebody was faster. */
enum err invitation_answer_store(struct store *, void *invitation_answer);

#endif
