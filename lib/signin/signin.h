/*
 * struct signin: one person signing in, from proving who they are to the row of
 * their session.
 *
 * It goes by steps.  signin_next says which one is due, from what is known at that
 * moment, so that a request that comes late, twice or out of order can skip none:
 *
 *	SIGNIN_WHO       a provider has to say who it is: signin_finish
 *	SIGNIN_NAME      somebody new has to choose a free username: signin_choose
 *	SIGNIN_APPROVAL  the account may be stored, and waits for an admin: signin_store
 *	SIGNIN_DONE      the session may be stored: signin_store
 *
 * To add a step: a name here, in the order in which people meet it, and a row of the
 * table in signin.c that tells when it is due.
 */
#ifndef LIB_SIGNIN_SIGNIN_H
#define LIB_SIGNIN_SIGNIN_H

#include "lib/base/form.h"
#include "lib/signin/assertion.h"
#include "lib/signin/detour.h"
#include "lib/signin/provider.h"
#include "lib/signin/upstream.h"
#include "lib/store/identity.h"
#include "lib/store/session.h"
#include "lib/store/user.h"

/* Clocks differ, and answers take a while. */
enum { SIGNIN_CLOCKS_DIFFER_MS = 60 * 1000 };

enum signin_step { SIGNIN_WHO, SIGNIN_NAME, SIGNIN_APPROVAL, SIGNIN_DONE };

/* How it is known whose account it is. */
enum signin_ground {
	SIGNIN_BY_NOTHING,
	SIGNIN_BY_PASSWORD,
	SIGNIN_BY_IDENTITY, /* the identity is linked to the account */
	SIGNIN_BY_EMAIL,    /* the account has the verified address, or the name that the operator's
			     * service decides about: it is linked now */
	SIGNIN_AS_NEW,      /* there is none: it is made now */
};

struct signin {
	struct context *cx;
	const struct provider *provider;

	/* What the person brought: to our form, */
	struct str username; /* as typed */
	struct str password;
	/* or from another server. */
	struct upstream_call call;
	struct detour detour;
	const struct form *answer;
	struct str go_to; /* where the browser is sent first */

	/* What the provider found out. */
	enum signin_ground ground;
	struct assertion assertion;
	struct user user;       /* of SIGNIN_AS_NEW without a username: it has to be chosen */
	struct str better_hash; /* of the password, if the stored one is of an older kind */
	struct identity identity;
	struct str verifier_hash; /* of a password that a service took: lib/signin/offline.h */
	struct id stale_verifier; /* of the identity whose password it does not take any more */
	bool is_guess;            /* an error counts as a wrong password, whatever it is */

	/* What is stored at the end; when and how it was proven, signin_store adds. */
	struct session session;
	const struct session *replaced; /* that this browser had before; NULL if none */
};

/* Nobody has proven anything yet. */
void signin_init(struct signin *, struct context *, const struct provider *);
/* The same, with another server. */
void signin_init_with(
	struct signin *, struct context *, struct upstreams *, const struct config_provider *);
enum signin_step signin_next(const struct signin *);
/* Lets the provider find out who it is, and finds their account.  Its errors:
 * lib/signin/provider.h; after one the step is the same as before.  Of another server
 * also ERR_UPSTREAM, ERR_UPSTREAM_DENIED, ERR_NOT_A_MEMBER, ERR_NOT_REGISTERED,
 * ERR_NOT_APPROVED and ERR_EMAIL_TAKEN. */
MUST_USE enum err signin_finish(struct signin *);
/* The account of in->assertion, as signin_finish finds it. */
MUST_USE enum err signin_find_account(struct signin *);
/* ERR_MALFORMED or ERR_USERNAME_TAKEN. */
MUST_USE enum err signin_choose(struct signin *, struct str username);

/* Signs somebody in, as a change: the session, the audit row, what is new about the
 * account.  ERR_RACE if a password was replaced after it was proven. */
enum err signin_store(struct store *, void *signin);

/* Connects in->assertion with the account of somebody who is signed in: in->user.
 * ERR_IDENTITY_TAKEN if it is connected to another one. */
enum err signin_link_store(struct store *, void *signin);

/* Disconnects one.  ERR_NOT_FOUND if it is not this user's, ERR_LAST_WAY_IN. */
struct signin_unlink {
	const struct context *cx;
	const struct user *user;
	struct id id;
};
enum err signin_unlink_store(struct store *, void *signin_unlink);

/* Somebody was refused, as a change: the row of the audit trail. */
struct signin_refusal {
	const struct context *cx;
	struct str target; /* login_audit_target of what was typed, or of the identity */
	enum err why;
	struct str provider; /* another server, or empty */
	struct str detail;   /* what operators should know of it */
	struct id stale_verifier;
};
enum err signin_refusal_store(struct store *, void *signin_refusal);

#endif
