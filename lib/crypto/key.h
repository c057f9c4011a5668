/*
 * Signing keys and JSON Web Signatures (RFC 7515, compact form) with them.
 *
 * A key knows its one algorithm, and nothing in a token can choose another:
 * the header's kid picks a key from our own set, the header's alg must then
 * equal that key's.  Keys are immutable after loading and shared by all
 * threads; EVP contexts are per thread inside key.c.
 */
#ifndef LIB_CRYPTO_KEY_H
#define LIB_CRYPTO_KEY_H

#include "lib/base/buf.h"
#include "lib/base/diag.h"
#include "lib/base/secret.h"

enum key_alg { KEY_ES256, KEY_RS256, KEY_EDDSA, KEY_HS256, KEY_ALG_COUNT };

struct key;

/* The version of libsodium, which signs with EdDSA keys. */
const char *key_library(void);

/* "ES256" ... as in JWA and the configuration; ERR_MALFORMED if unknown. */
MUST_USE enum err key_alg_parse(struct str, enum key_alg *ret);
const char *key_alg_name(enum key_alg);

/* A fresh key: P-256, RSA 2048, Ed25519, or 32 random bytes. */
MUST_USE enum err key_generate(enum key_alg, struct key **ret);
/* PKCS#8, PKCS#1 or SEC1 PEM; refuses a key that does not fit the algorithm
 * (another curve, RSA below 2048 bits) and says so in the diag. */
MUST_USE enum err key_from_pem(enum key_alg, struct str pem, struct key **ret, struct diag *);
/* HS256 with a configured secret of at least 32 bytes. */
MUST_USE enum err key_from_secret(const struct secret *, struct key **ret);
/* The private half as bytes for sealing, and back. */
MUST_USE enum err key_export(const struct key *, struct secret *ret);
MUST_USE enum err key_import(enum key_alg, const struct secret *, struct key **ret);
void key_free(struct key *);

enum key_alg key_algorithm(const struct key *);
/* RFC 7638 thumbprint, or for HS256 a digest of a digest; or the configured
 * JWT_KEY_ID set with key_set_id. */
struct str key_id(const struct key *);
void key_set_id(struct key *, struct str id);
/* Appends the public JWK as an object; HS256 has none and returns false. */
bool key_write_jwk(const struct key *, struct buf *);

/* Appends header.payload.signature. typ is "at+jwt", "JWT", ... */
MUST_USE enum err jws_sign(
	const struct key *, const char *typ, struct str payload, struct buf *out);

struct keyset {
	struct key *const *keys;
	size_t count;
};

/* Checks form, typ, kid, alg and signature against the set, and hands out the
 * decoded payload.  Claims are the caller's business.  ERR_INVALID_TOKEN for
 * anything wrong: unknown kid, another alg, crit, b64, padding, extra dots. */
MUST_USE enum err jws_verify(struct arena *, const struct keyset *, const char *typ,
	struct str token, struct str *ret_payload);

#endif
