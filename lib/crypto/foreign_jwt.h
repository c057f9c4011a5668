/*
 * Tokens that somebody else signed: id_tokens of another server (OpenID Connect
 * Core 3.1.3.7), in compact form, through libjwt, which only this file knows.
 *
 * libjwt takes the algorithm from the token and verifies nothing without a key,
 * so the order here is: the header names one of the algorithms below, a key of
 * the issuer's own set that is made for just that algorithm is found, and only
 * then is the token handed over with that key.  "none", HMAC and anything
 * unknown never get that far.
 */
#ifndef LIB_CRYPTO_FOREIGN_JWT_H
#define LIB_CRYPTO_FOREIGN_JWT_H

#include "lib/base/diag.h"
#include "lib/base/str.h"

enum { FOREIGN_JWT_MAX = 64 * 1024, FOREIGN_JWT_LEEWAY_S = 300 };

struct foreign_jwt_rules {
	struct str issuer;       /* must equal iss */
	struct str audience;     /* must be among aud, and be azp where there is one */
	struct str nonce;        /* empty: none was sent, none is looked at */
	struct str access_token; /* not empty: at_hash, where there is one, must fit */
	int64_t now_s;
};

/* Verifies signature and claims with a JWK Set (RFC 7517 section 5) and hands out
 * the payload.  sub, iss, aud, exp and iat must be there.  ERR_INVALID_TOKEN
 * with what is wrong. */
MUST_USE enum err foreign_jwt_verify(struct arena *, struct str jwks, struct str token,
	const struct foreign_jwt_rules *, struct str *ret_payload, struct diag *);

#endif
