/* Pins the algorithm to a key, then verifies. */
#include "lib/crypto/foreign_jwt.h"

#include "lib/base/base64.h"
#include "lib/base/secret.h"
#include "lib/crypto/jwk.h"

#include <jwt.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

enum { JWKS_MAX = 256 * 1024, KEYS_MAX = 64, ED25519_SIGNATURE = 64 };

/* ---- form --------------------------------------------------------------------------------- */

struct parts {
	struct str header;
	struct str payload;
	struct str signature;
	struct str signed_part; /* header.payload */
};

static bool
split(struct str token, struct parts *ret)
{
	struct str rest = token;

	if (!token.n || token.n > FOREIGN_JWT_MAX)
		return false;
	ret->header = str_cut(&rest, '.');
	ret->payload = str_cut(&rest, '.');
	ret->signature = rest;
	ret->signed_part = str_first(token, ret->header.n + 1 + ret->payload.n);
	return ret->header.n && ret->payload.n && ret->signature.n && !str_has_char(rest, '.');
}

static enum err
decode_object(struct arena *arena, struct str part, struct str *ret_text, struct json **ret)
{
	enum err e;

	if ((e = base64url_decode(arena, part, ret_text)))
		return e;
	return json_parse(*ret_text, FOREIGN_JWT_MAX, ret, NULL);
}

/* ---- signature ---------------------------------------------------------------------------- */

/* libjwt 1.10 does not know EdDSA (RFC 8037). */
static bool
eddsa_fits(struct arena *arena, const struct parts *parts, struct str pem)
{
	BIO *bio = BIO_new_mem_buf(pem.p, (int)pem.n);
	EVP_PKEY *pkey = bio ? PEM_read_bio_PUBKEY(bio, NULL, NULL, NULL) : NULL;
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	struct str signature;
	bool fits = false;

	if (pkey && context && !base64url_decode(arena, parts->signature, &signature) &&
		signature.n == ED25519_SIGNATURE &&
		EVP_DigestVerifyInit(context, NULL, NULL, NULL, pkey) > 0)
		fits = EVP_DigestVerify(context, (const unsigned char *)signature.p, signature.n,
			       (const unsigned char *)parts->signed_part.p,
			       parts->signed_part.n) == 1;
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(pkey);
	BIO_free(bio);
	return fits;
}

static bool
libjwt_fits(struct arena *arena, struct str token, struct str alg, struct str pem)
{
	jwt_alg_t pinned = jwt_str_alg(str_c(arena, alg));
	jwt_t *jwt = NULL;
	bool fits;

	fits = pinned != JWT_ALG_NONE && pinned != JWT_ALG_INVAL &&
	       !jwt_decode(&jwt, str_c(arena, token), (const unsigned char *)pem.p, (int)pem.n) &&
	       jwt_get_alg(jwt) == pinned;
	jwt_free(jwt);
	return fits;
}

/* Tries the keys that this header may mean: those with its kid, or without a kid
 * all of the right kind. */
static enum err
check_signature(struct arena *arena, const struct json *jwks, const struct json *header,
	const struct parts *parts, struct str token, struct diag *diag)
{
	struct str alg = json_get_str(header, "alg");
	struct str kid = json_get_str(header, "kid");
	const struct json *jwk;
	struct str pem;
	bool found = false;

	for (size_t i = 0; i < KEYS_MAX && (jwk = json_array_object(jwks, "keys", i)); i++) {
		if (!str_empty(kid) && !str_eq(kid, json_get_str(jwk, "kid")))
			continue;
		if (jwk_public_pem(arena, jwk, alg, &pem))
			continue;
		found = true;
		if (str_is(alg, "EdDSA") ? eddsa_fits(arena, parts, pem)
					 : libjwt_fits(arena, token, alg, pem))
			return OK;
	}
	return diag_set(diag, ERR_INVALID_TOKEN,
		found ? "its signature is wrong"
		      : "the server publishes no key that fits its signature");
}

/* ---- claims ------------------------------------------------------------------------------- */

static bool
audience_fits(const struct json *claims, struct str audience, struct arena *arena)
{
	struct str azp = json_get_str(claims, "azp");

	if (!str_empty(azp) && !str_eq(azp, audience))
		return false;
	return str_eq(json_get_str(claims, "aud"), audience) ||
	       json_array_has(claims, "aud", str_c(arena, audience));
}

/* OpenID Connect Core 3.1.3.6: the left half of the hash that alg speaks of. */
static bool
at_hash_fits(struct arena *arena, struct str at_hash, struct str alg, struct str access_token)
{
	const EVP_MD *md = str_ends(alg, STR("256"))   ? EVP_sha256()
			   : str_ends(alg, STR("384")) ? EVP_sha384()
						       : EVP_sha512();
	unsigned char hash[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	struct str text;

	if (!EVP_Digest(access_token.p, access_token.n, hash, &n, md, NULL))
		return false;
	text = base64url(arena, hash, n / 2);
	return text.n == at_hash.n && equal_in_constant_time(text.p, at_hash.p, text.n);
}

/* A NumericDate, perhaps with a fraction (RFC 7519 section 2); 0 for anything else. */
static int64_t
instant(const struct json *claims, const char *name)
{
	if (json_kind(claims, name) != JSON_IS_NUMBER)
		return 0;
	return json_get_thousandths(claims, name, 0) / 1000;
}

static enum err
check_times(const struct json *claims, int64_t now_s, struct diag *diag)
{
	int64_t exp = instant(claims, "exp");
	int64_t iat = instant(claims, "iat");
	int64_t nbf = instant(claims, "nbf");

	if (exp <= 0 || iat <= 0)
		return diag_set(
			diag, ERR_INVALID_TOKEN, "it does not say when it was issued and ends");
	if (exp <= now_s - FOREIGN_JWT_LEEWAY_S)
		return diag_set(
			diag, ERR_INVALID_TOKEN, "it has ended; is this machine's clock right?");
	if (iat > now_s + FOREIGN_JWT_LEEWAY_S || nbf > now_s + FOREIGN_JWT_LEEWAY_S)
		return diag_set(diag, ERR_INVALID_TOKEN,
			"it comes from the future; is this machine's clock right?");
	return OK;
}

static enum err
check_claims(struct arena *arena, const struct json *claims, struct str alg,
	const struct foreign_jwt_rules *rules, struct diag *diag)
{
	struct str nonce = json_get_str(claims, "nonce");
	struct str at_hash = json_get_str(claims, "at_hash");

	if (!str_eq(json_get_str(claims, "iss"), rules->issuer))
		return diag_set(diag, ERR_INVALID_TOKEN, "it is of another issuer");
	if (!audience_fits(claims, rules->audience, arena))
		return diag_set(diag, ERR_INVALID_TOKEN, "it is for another client");
	if (str_empty(json_get_str(claims, "sub")))
		return diag_set(diag, ERR_INVALID_TOKEN, "it names nobody");
	if (rules->nonce.n && (nonce.n != rules->nonce.n ||
				      !equal_in_constant_time(nonce.p, rules->nonce.p, nonce.n)))
		return diag_set(diag, ERR_INVALID_TOKEN, "its nonce is of another sign-in");
	if (json_has(claims, "at_hash") && rules->access_token.n &&
		!at_hash_fits(arena, at_hash, alg, rules->access_token))
		return diag_set(diag, ERR_INVALID_TOKEN, "it belongs to another access token");
	return check_times(claims, rules->now_s, diag);
}

/* ---- the whole ---------------------------------------------------------------------------- */

static enum err
check_header(const struct json *header, struct diag *diag)
{
	/* RFC 7515 section 4.1.11: what is critical and unknown must be refused. */
	if (json_has(header, "crit") || json_has(header, "b64"))
		return diag_set(diag, ERR_INVALID_TOKEN, "it asks for an extension");
	return OK;
}

enum err
foreign_jwt_verify(struct arena *arena, struct str jwks, struct str token,
	const struct foreign_jwt_rules *rules, struct str *ret_payload, struct diag *diag)
{
	struct json *keys = NULL, *header = NULL, *claims = NULL;
	struct str header_text, payload;
	struct parts parts;
	enum err e;

	if (!split(token, &parts) || decode_object(arena, parts.header, &header_text, &header) ||
		decode_object(arena, parts.payload, &payload, &claims))
		e = diag_set(diag, ERR_INVALID_TOKEN, "it is not a signed token");
	else if (json_parse(jwks, JWKS_MAX, &keys, NULL))
		e = diag_set(diag, ERR_INVALID_TOKEN, "the server's keys cannot be read");
	else if (!(e = check_header(header, diag)) &&
		 !(e = check_signature(arena, keys, header, &parts, token, diag)) &&
		 !(e = check_claims(arena, claims, json_get_str(header, "alg"), rules, diag)))
		*ret_payload = payload;
	json_free(keys);
	json_free(header);
	json_free(claims);
	return e;
}
