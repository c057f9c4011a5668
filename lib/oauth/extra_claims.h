/*
 * extra_claims: a JSON object that a client sends to the token endpoint, to be
 * carried by the access token.  Nobody checks what it says, so it must never
 * look like something the server says (RFC 9068 section 5, RFC 8725):
 *
 * - off by default, and for clients with a secret only: what anybody could have
 *   written is worth nothing;
 * - it stays in one claim of its own, "extra_claims", out of reach of every
 *   other claim;
 * - and names that have a meaning in a token are refused there too, in case a
 *   resource server flattens what it reads.
 *
 * It is neither stored nor part of ID tokens; a refresh may send another one.
 */
#ifndef LIB_OAUTH_EXTRA_CLAIMS_H
#define LIB_OAUTH_EXTRA_CLAIMS_H

#include "lib/audit/context.h"
#include "lib/store/client.h"

enum { EXTRA_CLAIMS_MAX = 4096, EXTRA_CLAIMS_KEYS_MAX = 64, EXTRA_CLAIM_NAME_MAX = 64 };

/* The object as compact JSON; empty if nothing, null or {} was sent.
 * ERR_INVALID_REQUEST, and cx->problem, for everything that is not allowed. */
MUST_USE enum err extra_claims_read(
	struct context *, const struct client *, struct str parameter, struct str *ret);
/* True for a name that means something in a token, whatever its case. */
bool extra_claims_is_reserved(struct str name);

#endif
