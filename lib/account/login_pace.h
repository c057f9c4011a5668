/*
 * struct login_pace: how soon may another password be tried for a name?
 *
 * Failures count per name and place, and the delay grows with them; the place is a
 * network, or a browser that has signed in under this name before.  All networks
 * together have a budget per name as well, which slows down whoever has many
 * networks.  Somebody's known browsers draw on none of these, so that no stranger
 * can lock anybody out of where they usually sign in.
 *
 * Counted is what was typed: a name that nobody has behaves like any other.
 */
#ifndef LIB_ACCOUNT_LOGIN_PACE_H
#define LIB_ACCOUNT_LOGIN_PACE_H

#include "lib/cache/limiter.h"

struct login_pace {
	struct limiter *limits;
	struct str name;  /* as typed */
	struct str place; /* bytes that tell places of one kind apart */
	bool is_known;    /* the place is a known browser of that name */
};

/* Milliseconds to wait; 0, and the attempt counts as a failure.  Before the
 * password is looked at, so that attempts at once are no better. */
int64_t login_pace_take(struct arena *, const struct login_pace *, int64_t now_ms);
/* It was none. */
void login_pace_give_back(struct arena *, const struct login_pace *);

#endif
