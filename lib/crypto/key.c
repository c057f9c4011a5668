/* Signing keys: made, loaded, shown. */
#include "lib/crypto/key.h"

#include "lib/base/base64.h"
#include "lib/base/json.h"
#include "lib/crypto/digest.h"
#include "lib/crypto/key_private.h"
#include "lib/crypto/random.h"

#include <openssl/bio.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>
#include <sodium.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum {
	RSA_BITS = 2048,
	RSA_BITS_MAX = 8192,
	HS256_SIZE = 32,
	P256_SIZE = 32,
	ED25519_SIZE = 32,
	NUMBER_MAX = RSA_BITS_MAX / 8,
	GROUP_NAME_MAX = 64,
	JWK_MAX = 4096,
};

static const char *const alg_names[KEY_ALG_COUNT] = {
	[KEY_ES256] = "ES256",
	[KEY_RS256] = "RS256",
	[KEY_EDDSA] = "EdDSA",
	[KEY_HS256] = "HS256",
};

enum err
key_alg_parse(struct str name, enum key_alg *ret)
{
	for (size_t i = 0; i < KEY_ALG_COUNT; i++) {
		if (str_is(name, alg_names[i])) {
			*ret = (enum key_alg)i;
			return OK;
		}
	}
	return ERR_MALFORMED;
}

const char *
key_alg_name(enum key_alg alg)
{
	return alg_names[alg];
}

enum key_alg
key_algorithm(const struct key *key)
{
	return key->alg;
}

struct str
key_id(const struct key *key)
{
	return str_of(key->id);
}

void
key_set_id(struct key *key, struct str id)
{
	char *copy = xcalloc(1, id.n + 1);

	memcpy(copy, id.p, id.n);
	free(key->id);
	key->id = copy;
}

void
key_free(struct key *key)
{
	if (!key)
		return;
	EVP_PKEY_free(key->pkey);
	secret_free(&key->secret);
	free(key->id);
	free(key);
}

/* ---- the public half, as a JWK ---- */

static void
member_bytes(struct buf *out, const char *name, const unsigned char *bytes, size_t n)
{
	json_member_str(out, name, base64url(out->arena, bytes, n));
}

/* Numbers are padded to size (RFC 7518 section 6.2.1.2), or minimal if it is 0. */
static void
member_number(struct buf *out, const struct key *key, const char *name, const char *param, int size)
{
	unsigned char bytes[NUMBER_MAX];
	BIGNUM *number = NULL;
	int n = -1;

	if (EVP_PKEY_get_bn_param(key->pkey, param, &number) > 0) {
		n = size ? size : BN_num_bytes(number);
		n = n <= NUMBER_MAX ? BN_bn2binpad(number, bytes, n) : -1;
	}
	BN_free(number);
	if (n < 0)
		out->failed = true;
	else
		member_bytes(out, name, bytes, (size_t)n);
}

static void
member_ed25519(struct buf *out, const struct key *key)
{
	unsigned char bytes[ED25519_SIZE];
	size_t n = sizeof bytes;

	if (EVP_PKEY_get_raw_public_key(key->pkey, bytes, &n) > 0)
		member_bytes(out, "x", bytes, n);
	else
		out->failed = true;
}

/* The members a thumbprint covers, in the order it wants (RFC 7638 section 3.2). */
static void
write_required_members(const struct key *key, struct buf *out)
{
	switch (key->alg) {
	case KEY_ES256:
		json_member_str(out, "crv", STR("P-256"));
		json_member_str(out, "kty", STR("EC"));
		member_number(out, key, "x", OSSL_PKEY_PARAM_EC_PUB_X, P256_SIZE);
		member_number(out, key, "y", OSSL_PKEY_PARAM_EC_PUB_Y, P256_SIZE);
		break;
	case KEY_RS256:
		member_number(out, key, "e", OSSL_PKEY_PARAM_RSA_E, 0);
		json_member_str(out, "kty", STR("RSA"));
		member_number(out, key, "n", OSSL_PKEY_PARAM_RSA_N, 0);
		break;
	case KEY_EDDSA:
		json_member_str(out, "crv", STR("Ed25519"));
		json_member_str(out, "kty", STR("OKP"));
		member_ed25519(out, key);
		break;
	case KEY_HS256:
	case KEY_ALG_COUNT: break;
	}
}

bool
key_write_jwk(const struct key *key, struct buf *out)
{
	if (key->alg == KEY_HS256)
		return false;
	json_open(out, '{');
	write_required_members(key, out);
	json_member_str(out, "use", STR("sig"));
	json_member_str(out, "alg", str_of(alg_names[key->alg]));
	json_member_str(out, "kid", key_id(key));
	json_close(out, '}');
	return true;
}

/* RFC 7638; for a shared secret, which has no public half, a digest of its
 * digest, so that the id gives nothing away. */
static enum err
name_key(struct key *key)
{
	struct arena arena = {0};
	struct digest digest;
	struct buf members;

	if (key->alg == KEY_HS256) {
		digest = sha256((struct str){(char *)key->secret.p, key->secret.n});
		digest = sha256((struct str){(char *)digest.bytes, DIGEST_SIZE});
	} else {
		buf_init(&members, &arena, JWK_MAX);
		json_open(&members, '{');
		write_required_members(key, &members);
		json_close(&members, '}');
		digest = sha256(buf_str(&members));
		if (!buf_ok(&members)) {
			arena_free(&arena);
			return ERR_CRYPTO;
		}
	}
	key_set_id(key, base64url(&arena, digest.bytes, DIGEST_SIZE));
	arena_free(&arena);
	return OK;
}

/* ---- making and loading ---- */

const char *
key_library(void)
{
	return sodium_version_string();
}

static struct key *
new_key(enum key_alg alg)
{
	static atomic_uint_fast64_t serials;
	struct key *key = xcalloc(1, sizeof *key);

	key->alg = alg;
	key->serial = atomic_fetch_add(&serials, 1) + 1;
	return key;
}

/* libsodium signs in half the time of OpenSSL 3.0, and wants the key in its own form; a public key
 * has none. */
static enum err
keep_seed(struct key *key)
{
	unsigned char seed[crypto_sign_SEEDBYTES], public[crypto_sign_PUBLICKEYBYTES],
		private[crypto_sign_SECRETKEYBYTES];
	size_t n = sizeof seed;
	enum err e = OK;

	if (EVP_PKEY_get_raw_private_key(key->pkey, seed, &n) <= 0)
		return OK;
	if (n != sizeof seed || sodium_init() < 0 ||
		crypto_sign_seed_keypair(public, private, seed))
		e = ERR_CRYPTO;
	else
		secret_set(&key->secret, private, sizeof private);
	wipe(seed, sizeof seed);
	wipe(private, sizeof private);
	return e;
}

/* Takes pkey, also when it fails. */
static enum err
adopt(enum key_alg alg, EVP_PKEY *pkey, struct key **ret)
{
	struct key *key = new_key(alg);

	key->pkey = pkey;
	if (!pkey || name_key(key) || (alg == KEY_EDDSA && keep_seed(key))) {
		key_free(key);
		return ERR_CRYPTO;
	}
	*ret = key;
	return OK;
}

enum err
key_from_secret(const struct secret *secret, struct key **ret)
{
	struct key *key;
	enum err e;

	if (secret->n < HS256_SIZE)
		return ERR_CRYPTO;
	key = new_key(KEY_HS256);
	secret_set(&key->secret, secret->p, secret->n);
	if ((e = name_key(key))) {
		key_free(key);
		return e;
	}
	*ret = key;
	return OK;
}

static enum err
generate_secret(struct key **ret)
{
	struct secret secret = {0};
	unsigned char bytes[HS256_SIZE];
	enum err e;

	if ((e = random_bytes(bytes, sizeof bytes)))
		return e;
	secret_set(&secret, bytes, sizeof bytes);
	wipe(bytes, sizeof bytes);
	e = key_from_secret(&secret, ret);
	secret_free(&secret);
	return e;
}

enum err
key_generate(enum key_alg alg, struct key **ret)
{
	switch (alg) {
	case KEY_ES256: return adopt(alg, EVP_EC_gen("P-256"), ret);
	case KEY_RS256: return adopt(alg, EVP_RSA_gen(RSA_BITS), ret);
	case KEY_EDDSA: return adopt(alg, EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), ret);
	case KEY_HS256: return generate_secret(ret);
	case KEY_ALG_COUNT: break;
	}
	return ERR_CRYPTO;
}

static bool
is_p256(EVP_PKEY *pkey)
{
	char group[GROUP_NAME_MAX];
	size_t n;

	return EVP_PKEY_is_a(pkey, "EC") &&
	       EVP_PKEY_get_group_name(pkey, group, sizeof group, &n) > 0 &&
	       strcmp(group, "prime256v1") == 0;
}

/* NULL if the key fits the algorithm, else what it should be. */
static const char *
misfit(enum key_alg alg, EVP_PKEY *pkey)
{
	int bits = EVP_PKEY_get_bits(pkey);

	switch (alg) {
	case KEY_ES256: return is_p256(pkey) ? NULL : "ES256 needs a P-256 key";
	case KEY_RS256:
		if (!EVP_PKEY_is_a(pkey, "RSA"))
			return "RS256 needs an RSA key";
		return bits >= RSA_BITS && bits <= RSA_BITS_MAX
			       ? NULL
			       : "RS256 needs an RSA key of 2048 to 8192 bits";
	case KEY_EDDSA: return EVP_PKEY_is_a(pkey, "ED25519") ? NULL : "EdDSA needs an Ed25519 key";
	case KEY_HS256:
	case KEY_ALG_COUNT: break;
	}
	return "HS256 takes a secret, not a PEM key";
}

/* An encrypted key must fail, not ask for its passphrase on the terminal. */
static int
no_passphrase(char *into, int size, int writing, void *context)
{
	(void)into;
	(void)size;
	(void)writing;
	(void)context;
	return -1;
}

static EVP_PKEY *
read_pem(struct str pem)
{
	BIO *bio = BIO_new_mem_buf(pem.p, pem.n > INT_MAX ? 0 : (int)pem.n);
	EVP_PKEY *pkey = bio ? PEM_read_bio_PrivateKey(bio, NULL, no_passphrase, NULL) : NULL;

	BIO_free(bio);
	return pkey;
}

enum err
key_from_pem(enum key_alg alg, struct str pem, struct key **ret, struct diag *diag)
{
	EVP_PKEY *pkey = read_pem(pem);
	const char *why;

	if (!pkey)
		return diag_set(diag, ERR_CONFIG,
			"no private key found: expected an unencrypted PEM block (PKCS#8, PKCS#1 "
			"or "
			"SEC1)");
	if ((why = misfit(alg, pkey))) {
		EVP_PKEY_free(pkey);
		return diag_set(diag, ERR_CONFIG, "the private key does not fit: %s", why);
	}
	if (adopt(alg, pkey, ret))
		return diag_set(diag, ERR_CONFIG, "the private key is damaged");
	return OK;
}

enum err
key_export(const struct key *key, struct secret *ret)
{
	unsigned char *der = NULL;
	int n;

	if (key->alg == KEY_HS256) {
		secret_set(ret, key->secret.p, key->secret.n);
		return OK;
	}
	n = i2d_PrivateKey(key->pkey, &der);
	if (n <= 0)
		return ERR_CRYPTO;
	secret_set(ret, der, (size_t)n);
	OPENSSL_clear_free(der, (size_t)n);
	return OK;
}

enum err
key_import(enum key_alg alg, const struct secret *secret, struct key **ret)
{
	const unsigned char *at = secret->p;
	EVP_PKEY *pkey;

	if (alg == KEY_HS256)
		return key_from_secret(secret, ret);
	pkey = d2i_AutoPrivateKey(NULL, &at, (long)secret->n);
	if (!pkey || misfit(alg, pkey)) {
		EVP_PKEY_free(pkey);
		return ERR_CRYPTO;
	}
	return adopt(alg, pkey, ret);
}
