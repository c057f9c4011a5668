/*
 * Public keys of others, out of a JWK Set (RFC 7517), for verifying what they
 * signed.  The key says which algorithms it may be used with; a token does not.
 */
#ifndef LIB_CRYPTO_JWK_H
#define LIB_CRYPTO_JWK_H

#include "lib/base/json.h"

/* The key's PEM if it may verify signatures of this algorithm ("RS256", "ES256",
 * "EdDSA", ...).  ERR_NO_ROW if it is a key for something else; ERR_MALFORMED if
 * it is broken or too weak (RSA below 2048 bits, a point not on its curve). */
MUST_USE enum err jwk_public_pem(
	struct arena *, const struct json *jwk, struct str alg, struct str *ret_pem);

#endif
