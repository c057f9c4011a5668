/*
 * Secrets at rest: AES-256-GCM with a random 96-bit nonce in front of the
 * ciphertext.  `context` is bound as associated data, so that a sealed value
 * moved to another row does not open.
 */
#ifndef LIB_CRYPTO_SEAL_H
#define LIB_CRYPTO_SEAL_H

#include "lib/base/buf.h"
#include "lib/base/secret.h"

MUST_USE enum err seal(struct arena *, const struct secret *key, struct str context,
	struct str plain, struct str *ret);
/* ERR_CRYPTO if the key, the context or a single bit is wrong. */
MUST_USE enum err unseal(struct arena *, const struct secret *key, struct str context,
	struct str sealed, struct str *ret);

#endif
