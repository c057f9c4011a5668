/* Turns a JSON Web Key into PEM, which is what everybody's libraries read. */
#include "lib/crypto/jwk.h"

#include "lib/base/base64.h"

#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>

enum { RSA_MIN_BITS = 2048, RSA_MAX_BITS = 8192, ED25519_SIZE = 32, POINT_MAX = 2 * 66 };

/* RFC 7518 section 3.1, RFC 8037: what each algorithm asks of its key. */
static const struct use {
	const char *alg;
	const char *kty;
	const char *crv;   /* NULL: RSA */
	const char *group; /* OpenSSL's name of crv */
	size_t coordinate; /* bytes of x and of y */
} uses[] = {
	{"RS256", "RSA", NULL, NULL, 0},
	{"RS384", "RSA", NULL, NULL, 0},
	{"RS512", "RSA", NULL, NULL, 0},
	{"ES256", "EC", "P-256", "prime256v1", 32},
	{"ES384", "EC", "P-384", "secp384r1", 48},
	{"ES512", "EC", "P-521", "secp521r1", 66},
	{"EdDSA", "OKP", "Ed25519", NULL, 0},
};

static const struct use *
find_use(struct str alg)
{
	for (size_t i = 0; i < countof(uses); i++)
		if (str_is(alg, uses[i].alg))
			return &uses[i];
	return NULL;
}

static bool
fits(const struct json *jwk, const struct use *use)
{
	struct str alg = json_get_str(jwk, "alg");
	struct str purpose = json_get_str(jwk, "use");

	return str_is(json_get_str(jwk, "kty"), use->kty) &&
	       (!use->crv || str_is(json_get_str(jwk, "crv"), use->crv)) &&
	       (str_empty(alg) || str_is(alg, use->alg)) &&
	       (str_empty(purpose) || str_is(purpose, "sig"));
}

static EVP_PKEY *
from_parameters(const char *type, OSSL_PARAM_BLD *builder)
{
	OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(builder);
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	EVP_PKEY *pkey = NULL;

	if (!parameters || !context || EVP_PKEY_fromdata_init(context) <= 0 ||
		EVP_PKEY_fromdata(context, &pkey, EVP_PKEY_PUBLIC_KEY, parameters) <= 0)
		pkey = NULL;
	EVP_PKEY_CTX_free(context);
	OSSL_PARAM_free(parameters);
	return pkey;
}

static BIGNUM *
number_of(struct arena *arena, const struct json *jwk, const char *name)
{
	struct str bytes;

	if (base64url_decode(arena, json_get_str(jwk, name), &bytes) || !bytes.n ||
		bytes.n > RSA_MAX_BITS / 8)
		return NULL;
	return BN_bin2bn((const unsigned char *)bytes.p, (int)bytes.n, NULL);
}

static EVP_PKEY *
rsa_key(struct arena *arena, const struct json *jwk)
{
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	BIGNUM *n = number_of(arena, jwk, "n");
	BIGNUM *e = number_of(arena, jwk, "e");
	EVP_PKEY *pkey = NULL;

	if (builder && n && e && BN_num_bits(n) >= RSA_MIN_BITS && BN_num_bits(e) <= 64 &&
		BN_is_odd(e) && !BN_is_one(e) &&
		OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) &&
		OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e))
		pkey = from_parameters("RSA", builder);
	BN_free(n);
	BN_free(e);
	OSSL_PARAM_BLD_free(builder);
	return pkey;
}

static EVP_PKEY *
ec_key(const struct json *jwk, const struct use *use)
{
	unsigned char point[1 + POINT_MAX] = {POINT_CONVERSION_UNCOMPRESSED};
	size_t size = use->coordinate;
	OSSL_PARAM_BLD *builder;
	EVP_PKEY *pkey = NULL;

	if (base64url_decode_exact(json_get_str(jwk, "x"), point + 1, size) ||
		base64url_decode_exact(json_get_str(jwk, "y"), point + 1 + size, size))
		return NULL;
	builder = OSSL_PARAM_BLD_new();
	if (builder &&
		OSSL_PARAM_BLD_push_utf8_string(
			builder, OSSL_PKEY_PARAM_GROUP_NAME, use->group, 0) &&
		OSSL_PARAM_BLD_push_octet_string(
			builder, OSSL_PKEY_PARAM_PUB_KEY, point, 1 + 2 * size))
		pkey = from_parameters("EC", builder);
	OSSL_PARAM_BLD_free(builder);
	return pkey;
}

static EVP_PKEY *
ed25519_key(const struct json *jwk)
{
	unsigned char x[ED25519_SIZE];

	if (base64url_decode_exact(json_get_str(jwk, "x"), x, sizeof x))
		return NULL;
	return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, x, sizeof x);
}

static enum err
write_pem(struct arena *arena, EVP_PKEY *pkey, struct str *ret)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	long n = 0;
	enum err e = ERR_CRYPTO;

	if (bio && PEM_write_bio_PUBKEY(bio, pkey) && (n = BIO_get_mem_data(bio, &text)) > 0) {
		*ret = str_copy(arena, (struct str){text, (size_t)n});
		e = OK;
	}
	BIO_free(bio);
	return e;
}

/* A point off the curve would let a forger choose an easier one. */
static bool
is_sound(EVP_PKEY *pkey)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(pkey, NULL);
	bool sound = context && EVP_PKEY_public_check(context) > 0;

	EVP_PKEY_CTX_free(context);
	return sound;
}

enum err
jwk_public_pem(struct arena *arena, const struct json *jwk, struct str alg, struct str *ret_pem)
{
	const struct use *use = find_use(alg);
	EVP_PKEY *pkey;
	enum err e;

	if (!use || !fits(jwk, use))
		return ERR_NO_ROW;
	pkey = use->group ? ec_key(jwk, use) : use->crv ? ed25519_key(jwk) : rsa_key(arena, jwk);
	e = pkey && (!use->group || is_sound(pkey)) ? write_pem(arena, pkey, ret_pem)
						    : ERR_MALFORMED;
	EVP_PKEY_free(pkey);
	return e;
}
