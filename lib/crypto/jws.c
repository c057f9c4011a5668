/*
 * JSON Web Signatures.  Signing is the hot path: contexts are made once per
 * thread and key, and hashing goes through digest.c.
 */
#include "lib/base/base64.h"
#include "lib/base/json.h"
#include "lib/crypto/digest.h"
#include "lib/crypto/key_private.h"

#include <openssl/ec.h>
#include <openssl/rsa.h>
#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum {
	TOKEN_MAX = 16 * 1024,
	HEADER_MAX = 1024,
	SIGNATURE_MAX = 1024,
	ES256_SIZE = 64,
	COORDINATE_SIZE = 32,
	CONTEXTS_PER_THREAD = 8,
};

/* ---- contexts: per thread, by the serial of the key ---- */

struct context {
	uint64_t serial;    /* 0: free */
	EVP_PKEY_CTX *pkey; /* ES256 and RS256: ready to sign */
	struct hmac *hmac;  /* HS256 */
};

struct contexts {
	struct context slots[CONTEXTS_PER_THREAD];
	size_t next; /* the slot to give up when all are taken */
};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t contexts_key;
static bool ready;

static void
clear_context(struct context *context)
{
	EVP_PKEY_CTX_free(context->pkey);
	hmac_free(context->hmac);
	*context = (struct context){0};
}

static void
free_contexts(void *p)
{
	struct contexts *contexts = p;

	for (size_t i = 0; contexts && i < CONTEXTS_PER_THREAD; i++)
		clear_context(&contexts->slots[i]);
	free(contexts);
}

static void
free_main_contexts(void)
{
	free_contexts(pthread_getspecific(contexts_key));
	(void)pthread_setspecific(contexts_key, NULL);
}

static void
make_contexts_key(void)
{
	ready = !pthread_key_create(&contexts_key, free_contexts) && !atexit(free_main_contexts);
}

static struct contexts *
contexts_of_thread(void)
{
	struct contexts *contexts;

	if (pthread_once(&once, make_contexts_key) || !ready)
		return NULL;
	contexts = pthread_getspecific(contexts_key);
	if (contexts)
		return contexts;
	contexts = xcalloc(1, sizeof *contexts);
	if (pthread_setspecific(contexts_key, contexts)) {
		free(contexts);
		return NULL;
	}
	return contexts;
}

static EVP_PKEY_CTX *
new_signing_context(const struct key *key)
{
	EVP_PKEY_CTX *ctx = EVP_PKEY_CTX_new(key->pkey, NULL);
	bool ok = ctx && EVP_PKEY_sign_init(ctx) > 0;

	if (ok && key->alg == KEY_RS256)
		ok = EVP_PKEY_CTX_set_rsa_padding(ctx, RSA_PKCS1_PADDING) > 0;
	if (ok)
		ok = EVP_PKEY_CTX_set_signature_md(ctx, EVP_sha256()) > 0;
	if (ok)
		return ctx;
	EVP_PKEY_CTX_free(ctx);
	return NULL;
}

/* NULL on failure. */
static struct context *
context_of(const struct key *key)
{
	struct contexts *contexts = contexts_of_thread();
	struct context *context;

	if (!contexts)
		return NULL;
	for (size_t i = 0; i < CONTEXTS_PER_THREAD; i++)
		if (contexts->slots[i].serial == key->serial)
			return &contexts->slots[i];
	context = &contexts->slots[contexts->next++ % CONTEXTS_PER_THREAD];
	clear_context(context);
	if (key->alg == KEY_HS256)
		context->hmac = hmac_new(&key->secret);
	else
		context->pkey = new_signing_context(key);
	if (!context->hmac && !context->pkey)
		return NULL;
	context->serial = key->serial;
	return context;
}

/* ---- signatures, as JWS wants them ---- */

/* RFC 7518 section 3.4: r and s, 32 bytes each, instead of DER. */
static bool
der_to_raw(const unsigned char *der, size_t n, unsigned char raw[ES256_SIZE])
{
	ECDSA_SIG *sig = d2i_ECDSA_SIG(NULL, &der, (long)n);
	bool ok = sig &&
		  BN_bn2binpad(ECDSA_SIG_get0_r(sig), raw, COORDINATE_SIZE) == COORDINATE_SIZE &&
		  BN_bn2binpad(ECDSA_SIG_get0_s(sig), raw + COORDINATE_SIZE, COORDINATE_SIZE) ==
			  COORDINATE_SIZE;

	ECDSA_SIG_free(sig);
	return ok;
}

/* NULL on failure; *ret_n bytes to be freed with OPENSSL_free. */
static unsigned char *
raw_to_der(const unsigned char *raw, size_t *ret_n)
{
	ECDSA_SIG *sig = ECDSA_SIG_new();
	BIGNUM *r = BN_bin2bn(raw, COORDINATE_SIZE, NULL);
	BIGNUM *s = BN_bin2bn(raw + COORDINATE_SIZE, COORDINATE_SIZE, NULL);
	unsigned char *der = NULL;
	int n = -1;

	if (sig && r && s && ECDSA_SIG_set0(sig, r, s) > 0) {
		r = s = NULL; /* the signature has them now */
		n = i2d_ECDSA_SIG(sig, &der);
	}
	BN_free(r);
	BN_free(s);
	ECDSA_SIG_free(sig);
	*ret_n = n > 0 ? (size_t)n : 0;
	return n > 0 ? der : NULL;
}

static enum err
sign_digest(const struct key *key, struct str input, unsigned char *out, size_t *ret_n)
{
	struct digest digest = sha256(input);
	unsigned char der[SIGNATURE_MAX];
	struct context *context = context_of(key);
	size_t n = sizeof der;

	if (!context || EVP_PKEY_sign(context->pkey, der, &n, digest.bytes, DIGEST_SIZE) <= 0)
		return ERR_CRYPTO;
	if (key->alg == KEY_ES256) {
		*ret_n = ES256_SIZE;
		return der_to_raw(der, n, out) ? OK : ERR_CRYPTO;
	}
	memcpy(out, der, n);
	*ret_n = n;
	return OK;
}

/* Ed25519 hashes by itself and has no context to keep.  Its nonce comes from key and message
 * (RFC 8032 section 5.1.6), so that no random number can give the key away. */
static enum err
sign_eddsa(const struct key *key, struct str input, unsigned char *out, size_t *ret_n)
{
	*ret_n = crypto_sign_BYTES;
	if (key->secret.n != crypto_sign_SECRETKEYBYTES ||
		crypto_sign_detached(
			out, NULL, (const unsigned char *)input.p, input.n, key->secret.p))
		return ERR_CRYPTO;
	return OK;
}

static enum err
mac_of(const struct key *key, struct str input, struct digest *ret)
{
	struct context *context = context_of(key);

	if (!context)
		return ERR_CRYPTO;
	*ret = hmac_of(context->hmac, input);
	return OK;
}

static enum err
sign(const struct key *key, struct str input, unsigned char *out, size_t *ret_n)
{
	struct digest mac;

	switch (key->alg) {
	case KEY_HS256:
		if (mac_of(key, input, &mac))
			return ERR_CRYPTO;
		memcpy(out, mac.bytes, DIGEST_SIZE);
		*ret_n = DIGEST_SIZE;
		return OK;
	case KEY_ES256:
	case KEY_RS256: return sign_digest(key, input, out, ret_n);
	case KEY_EDDSA: return sign_eddsa(key, input, out, ret_n);
	case KEY_ALG_COUNT: break;
	}
	return ERR_CRYPTO;
}

enum err
jws_sign(const struct key *key, const char *typ, struct str payload, struct buf *out)
{
	unsigned char signature[SIGNATURE_MAX];
	size_t start = out->n, n;
	struct buf header;
	enum err e;

	buf_init(&header, out->arena, HEADER_MAX);
	json_open(&header, '{');
	json_member_str(&header, "alg", str_of(key_alg_name(key->alg)));
	json_member_str(&header, "typ", str_of(typ));
	json_member_str(&header, "kid", key_id(key));
	json_close(&header, '}');
	base64url_encode(out, header.p, header.n);
	buf_add_char(out, '.');
	base64url_encode(out, payload.p, payload.n);
	if (!buf_ok(&header) || !buf_ok(out))
		return ERR_TOO_LONG;
	if ((e = sign(key, str_from(buf_str(out), start), signature, &n)))
		return e;
	buf_add_char(out, '.');
	base64url_encode(out, signature, n);
	return buf_ok(out) ? OK : ERR_TOO_LONG;
}

/* ---- verification ---- */

static bool
verify_pkey(const struct key *key, struct str input, const unsigned char *signature, size_t n)
{
	const EVP_MD *md = key->alg == KEY_EDDSA ? NULL : EVP_sha256();
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	bool ok = ctx && EVP_DigestVerifyInit(ctx, NULL, md, NULL, key->pkey) > 0 &&
		  EVP_DigestVerify(ctx, signature, n, (const unsigned char *)input.p, input.n) == 1;

	EVP_MD_CTX_free(ctx);
	return ok;
}

static bool
verify_es256(const struct key *key, struct str input, struct str signature)
{
	unsigned char *der;
	bool ok;
	size_t n;

	if (signature.n != ES256_SIZE)
		return false;
	der = raw_to_der((const unsigned char *)signature.p, &n);
	ok = der && verify_pkey(key, input, der, n);
	OPENSSL_free(der);
	return ok;
}

static bool
verify(const struct key *key, struct str input, struct str signature)
{
	struct digest mac;

	switch (key->alg) {
	case KEY_HS256:
		return signature.n == DIGEST_SIZE && !mac_of(key, input, &mac) &&
		       equal_in_constant_time(mac.bytes, signature.p, DIGEST_SIZE);
	case KEY_ES256: return verify_es256(key, input, signature);
	case KEY_RS256:
	case KEY_EDDSA:
		return verify_pkey(key, input, (const unsigned char *)signature.p, signature.n);
	case KEY_ALG_COUNT: break;
	}
	return false;
}

static const struct key *
find_key(const struct keyset *keys, struct str kid)
{
	for (size_t i = 0; i < keys->count; i++)
		if (str_eq(key_id(keys->keys[i]), kid))
			return keys->keys[i];
	return NULL;
}

/* RFC 7515 section 4.1.9: "application/" may be left out; case does not count. */
static bool
is_typ(struct str typ, const char *want)
{
	struct str prefix = STR("application/");

	if (typ.n > prefix.n && str_is_nocase(str_first(typ, prefix.n), "application/"))
		typ = str_from(typ, prefix.n);
	return str_is_nocase(typ, want);
}

/* The key that this header may use, or NULL. Extensions that must be
 * understood (crit) are not; b64 (RFC 7797) would change what is signed. */
static const struct key *
judge_header(struct str text, const struct keyset *keys, const char *typ)
{
	const struct key *key = NULL;
	struct json *header;

	if (json_parse(text, HEADER_MAX, &header, NULL))
		return NULL;
	if (is_typ(json_get_str(header, "typ"), typ) && !json_has(header, "crit") &&
		!json_has(header, "b64"))
		key = find_key(keys, json_get_str(header, "kid"));
	if (key && !str_is(json_get_str(header, "alg"), key_alg_name(key->alg)))
		key = NULL;
	json_free(header);
	return key;
}

enum err
jws_verify(struct arena *arena, const struct keyset *keys, const char *typ, struct str token,
	struct str *ret_payload)
{
	struct str rest = token, header, payload, signature, input;
	const struct key *key;

	if (token.n > TOKEN_MAX)
		return ERR_INVALID_TOKEN;
	header = str_cut(&rest, '.');
	payload = str_cut(&rest, '.');
	if (!header.n || !payload.n || !rest.n || str_has_char(rest, '.'))
		return ERR_INVALID_TOKEN;
	input = str_first(token, header.n + 1 + payload.n);
	if (base64url_decode(arena, header, &header) ||
		base64url_decode(arena, payload, &payload) ||
		base64url_decode(arena, rest, &signature))
		return ERR_INVALID_TOKEN;
	key = judge_header(header, keys, typ);
	if (!key || !verify(key, input, signature))
		return ERR_INVALID_TOKEN;
	*ret_payload = payload;
	return OK;
}
