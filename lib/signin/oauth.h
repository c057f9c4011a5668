/*
 * Signing in with another server by an authorization code (RFC 6749 section 4.1, RFC 7636,
 * RFC 9207, OpenID Connect Core): sending the browser there, and what it brings back.
 */
#ifndef LIB_SIGNIN_OAUTH_H
#define LIB_SIGNIN_OAUTH_H

#include "lib/base/err.h"

struct signin;

/* Makes in->detour, which the browser must carry, and in->go_to, where it must go. */
enum err oauth_begin(struct signin *);
/* Reads in->answer and fills in->assertion. */
enum err oauth_finish(struct signin *);

#endif
