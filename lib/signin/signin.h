/*
 * struct signin: one person signing in, from proving who they are to the row of
 * their session.
 *
 * It goes by steps.  signin_next says which one is due, from what is known at that
 * moment, so that a request that comes late, twice or out of order can skip none:
 *
 *	SIGNIN_WHO    a provider has to say who it is: signin_finish
 *	SIGNIN_DONE   the session may be stored: signin_store
 *
 * To add a step: a name here, in the order in which people meet it, and a row of the
 * table in signin.c that tells when it is due.
 */
#ifndef LIB_SIGNIN_SIGNIN_H
#define LIB_SIGNIN_SIGNIN_H

#include "lib/audit/context.h"
#include "lib/signin/provider.h"
#include "lib/store/session.h"
#include "lib/store/user.h"

enum signin_step { SIGNIN_WHO, SIGNIN_DONE };

struct signin {
	const struct context *cx;
	const struct provider *provider;

	/* What the person brought. */
	struct str username; /* as typed */
	struct str password;

	/* What the provider found out; a user without id: nothing yet. */
	struct user user;
	struct str better_hash; /* of the password, if the stored one is of an older kind */

	/* What is stored at the end. */
	struct session session;
	struct id replaced; /* the session that this browser had before, or zero */
};

/* Nobody has proven anything yet. */
void signin_init(struct signin *, const struct context *, const struct provider *);
enum signin_step signin_next(const struct signin *);
/* Lets the provider find out who it is.  Its errors: lib/signin/provider.h; after one
 * the step is the same as before. */
MUST_USE enum err signin_finish(struct signin *);

/* Signs somebody in, as a change: the session, the audit row, a better hash.  ERR_RACE
 * if what was proven is not true any more, such as a password that was replaced. */
enum err signin_store(struct store *, void *signin);

/* Somebody was refused, as a change: the row of the audit trail. */
struct signin_refusal {
	const struct context *cx;
	struct str target; /* login_audit_target of what was typed */
	enum err why;
};
enum err signin_refusal_store(struct store *, void *signin_refusal);

#endif
