/*
 * Proof Key for Code Exchange (RFC 7636), S256 only.
 */
#ifndef LIB_OAUTH_PKCE_H
#define LIB_OAUTH_PKCE_H

#include "lib/base/str.h"

/* A challenge is base64url of 32 bytes, a verifier 43 to 128 unreserved
 * characters (sections 4.1 and 4.2). */
bool pkce_is_challenge(struct str);
bool pkce_is_verifier(struct str);
/* Section 4.6, in constant time. */
bool pkce_matches(struct str verifier, struct str challenge);

#endif
