/*
 * Signing out at the server that somebody signed in with (OpenID Connect RP-Initiated Logout),
 * where the operator wants that: `sign_out` of the provider.
 */
#ifndef LIB_SIGNIN_SIGNOUT_H
#define LIB_SIGNIN_SIGNOUT_H

#include "lib/audit/context.h"

/* Where the browser of this session has to go for that; empty: nowhere.  That the other
 * server does not answer is no reason to stay signed in here.  Asks it, so that it may
 * answer ERR_OTHER_LANE: before anything has happened. */
MUST_USE enum err signout_address(struct context *, struct id session, struct str *ret);

#endif
