/*
 * SHA-256, HMAC-SHA-256 and HKDF-SHA-256 (RFC 5869).  Cannot fail short of a
 * broken OpenSSL, which is ERR_CRYPTO at start (crypto_init) and never later.
 */
#ifndef LIB_CRYPTO_DIGEST_H
#define LIB_CRYPTO_DIGEST_H

#include "lib/base/secret.h"

enum { DIGEST_SIZE = 32 };

struct digest {
	uint8_t bytes[DIGEST_SIZE];
};

/* Fetches algorithms once and checks that they work; call before threads start. */
MUST_USE enum err crypto_init(void);
/* The version of OpenSSL. */
const char *crypto_library(void);
struct digest sha256(struct str);
struct digest hmac_sha256(const struct secret *key, struct str);
/* A key made ready for many messages, by one thread at a time. Copies the key. */
struct hmac;
struct hmac *hmac_new(const struct secret *key);
struct digest hmac_of(struct hmac *, struct str);
void hmac_free(struct hmac *);
/* A key of 32 bytes for one purpose, from the configured secret; label names
 * the purpose ("authgate csrf"), so that no two uses share a key. */
void derive_key(const struct secret *from, const char *label, struct secret *ret);
bool digest_eq(struct digest, struct digest);

#endif
