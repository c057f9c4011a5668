/*
 * Opaque credentials: device codes, authorization codes, refresh tokens,
 * browser sessions.  The text is base64url(id) "." base64url(secret): the id
 * finds the row by its time-ordered key, the secret proves possession.  Only
 * SHA-256 of the secret is stored; 256 random bits need no slow hash.
 */
#ifndef LIB_CRYPTO_CREDENTIAL_H
#define LIB_CRYPTO_CREDENTIAL_H

#include "lib/base/id.h"
#include "lib/crypto/digest.h"

enum { CREDENTIAL_TEXT_SIZE = 22 + 1 + 43 };

struct credential {
	struct id id;
	struct digest digest; /* of the 32 secret bytes */
};

/* Makes one; the text lives in the arena and leaves the process once. */
MUST_USE enum err credential_new(
	struct arena *, int64_t now_ms, struct credential *ret, struct str *ret_text);
/* A new secret for an id that stays. */
MUST_USE enum err credential_renew(
	struct arena *, struct id, struct credential *ret, struct str *ret_text);
/* ERR_MALFORMED for anything that credential_new could not have made. */
MUST_USE enum err credential_parse(struct str text, struct credential *ret);

#endif
