/*
 * Signing in while the service that knows the passwords does not answer, for those whom it let
 * in a short time ago: http_api.offline_grace, off by default.  What a password hashed to then
 * stays with the identity, and goes when the service refuses that very password.
 */
#ifndef LIB_SIGNIN_OFFLINE_H
#define LIB_SIGNIN_OFFLINE_H

#include "lib/base/err.h"

struct signin;

/* The service has let them in: hashes the password, to be stored with the sign-in. */
MUST_USE enum err offline_remember(struct signin *);
/* The service has refused: is it a password that it took before?  Then what is stored of it
 * goes with the refusal. */
MUST_USE enum err offline_doubt(struct signin *);
/* It has not answered.  ERR_UPSTREAM, always after the same time, unless it is the password
 * that it took last, not too long ago; then in->assertion is filled.  Counts as a guess. */
MUST_USE enum err offline_finish(struct signin *);

#endif
