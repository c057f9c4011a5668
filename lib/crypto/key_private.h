/* What key.c and jws.c share: the inside of a key. For these two files only. */
#ifndef LIB_CRYPTO_KEY_PRIVATE_H
#define LIB_CRYPTO_KEY_PRIVATE_H

#include "lib/crypto/key.h"

#include <openssl/evp.h>

struct key {
	enum key_alg alg;
	uint64_t serial; /* never used again, unlike an address: what per-thread contexts go by */
	EVP_PKEY *pkey;  /* NULL for HS256 */
	/* HS256: the secret itself.  EdDSA, of a private key: seed and public key, as libsodium
	 * wants them. */
	struct secret secret;
	char *id;
};

#endif
