/* id_tokens of another server: what is believed, and each forgery that is not. */
#include "tests/support/check.h"

#include "lib/base/base64.h"
#include "lib/crypto/digest.h"
#include "lib/crypto/foreign_jwt.h"
#include "lib/crypto/key.h"

enum { NOW_S = 1000000 };

static const struct foreign_jwt_rules rules = {
	.issuer = STR_INIT("https://a.example"),
	.audience = STR_INIT("cli"),
	.nonce = STR_INIT("n-1"),
	.access_token = STR_INIT("at"),
	.now_s = NOW_S,
};

static struct arena arena;

static struct key *
new_key(enum key_alg alg)
{
	struct key *key;

	assert_ok(key_generate(alg, &key));
	return key;
}

static struct str
jwks_of(const struct key *key)
{
	struct buf out;

	buf_init(&out, &arena, 16384);
	buf_add_c(&out, "{\"keys\":[");
	assert_true(key_write_jwk(key, &out));
	buf_add_c(&out, "]}");
	return buf_str(&out);
}

static struct str
sign(const struct key *key, const char *payload)
{
	struct buf out;

	buf_init(&out, &arena, 16384);
	assert_ok(jws_sign(key, "JWT", str_of(payload), &out));
	return buf_str(&out);
}

/* A good payload with one more member; the later of two would be refused. */
static const char *
payload_with(
	const char *iss, const char *aud, const char *nonce, int exp, int iat, const char *more)
{
	return arena_printf(&arena,
		"{\"iss\":\"%s\",\"aud\":%s,\"nonce\":\"%s\",\"exp\":%d,\"iat\":%d%s}", iss, aud,
		nonce, exp, iat, more);
}

#define GOOD \
	payload_with("https://a.example", "\"cli\"", "n-1", NOW_S + 60, NOW_S, ",\"sub\":\"m\"")

static enum err
verify(struct str jwks, struct str token, struct diag *diag)
{
	struct str payload;

	return foreign_jwt_verify(&arena, jwks, token, &rules, &payload, diag);
}

static void
test_good_token_of_every_public_algorithm_is_believed(void **state)
{
	static const enum key_alg algs[] = {KEY_ES256, KEY_RS256, KEY_EDDSA};

	(void)state;
	for (size_t i = 0; i < countof(algs); i++) {
		struct key *key = new_key(algs[i]), *other = new_key(algs[i]);
		struct str token = sign(key, GOOD);
		struct str payload;

		assert_ok(foreign_jwt_verify(&arena, jwks_of(key), token, &rules, &payload, NULL));
		assert_str(payload, GOOD);
		assert_err(verify(jwks_of(other), token, NULL), ERR_INVALID_TOKEN);
		key_set_id(other, key_id(key));
		assert_err(verify(jwks_of(other), token, NULL), ERR_INVALID_TOKEN);
		key_free(key);
		key_free(other);
	}
}

static void
test_each_wrong_claim_is_refused_and_named(void **state)
{
	static const char sub[] = ",\"sub\":\"m\"";
	const struct {
		const char *payload;
		const char *word;
	} rows[] = {
		{payload_with("https://b.example", "\"cli\"", "n-1", NOW_S + 60, NOW_S, sub),
			"issuer"},
		{payload_with("https://a.example/", "\"cli\"", "n-1", NOW_S + 60, NOW_S, sub),
			"issuer"},
		{payload_with("https://a.example", "\"web\"", "n-1", NOW_S + 60, NOW_S, sub),
			"client"},
		{payload_with("https://a.example", "[\"a\",\"b\"]", "n-1", NOW_S + 60, NOW_S, sub),
			"client"},
		{payload_with("https://a.example", "[\"cli\",\"b\"]", "n-1", NOW_S + 60, NOW_S,
			 ",\"sub\":\"m\",\"azp\":\"b\""),
			"client"},
		{payload_with("https://a.example", "\"cli\"", "n-2", NOW_S + 60, NOW_S, sub),
			"nonce"},
		{payload_with("https://a.example", "\"cli\"", "", NOW_S + 60, NOW_S, sub), "nonce"},
		{payload_with("https://a.example", "\"cli\"", "n-1", NOW_S - 301, NOW_S - 399, sub),
			"ended"},
		{payload_with("https://a.example", "\"cli\"", "n-1", NOW_S + 399, NOW_S + 301, sub),
			"future"},
		{payload_with("https://a.example", "\"cli\"", "n-1", 0, NOW_S, sub), "ends"},
		{payload_with("https://a.example", "\"cli\"", "n-1", NOW_S + 60, NOW_S, ""),
			"nobody"},
		{payload_with("https://a.example", "\"cli\"", "n-1", NOW_S + 60, NOW_S,
			 ",\"sub\":\"m\",\"at_hash\":\"AAAAAAAAAAAAAAAAAAAAAA\""),
			"access token"},
		{payload_with("https://a.example", "\"cli\"", "n-1", NOW_S + 60, NOW_S,
			 ",\"sub\":\"m\",\"at_hash\":\"\""),
			"access token"},
		{"{}", "issuer"},
	};
	struct key *key = new_key(KEY_ES256);

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct diag diag = {{0}};

		assert_err(
			verify(jwks_of(key), sign(key, rows[i].payload), &diag), ERR_INVALID_TOKEN);
		assert_non_null(strstr(diag.text, rows[i].word));
	}
	key_free(key);
}

static void
test_at_hash_of_this_access_token_and_audience_list_are_believed(void **state)
{
	struct digest hash = sha256(STR("at"));
	struct str half = base64url(&arena, hash.bytes, 16);
	struct key *key = new_key(KEY_RS256);

	(void)state;
	assert_ok(verify(jwks_of(key),
		sign(key, payload_with("https://a.example", "[\"x\",\"cli\"]", "n-1", NOW_S + 60,
				  NOW_S,
				  arena_printf(&arena,
					  ",\"sub\":\"m\",\"azp\":\"cli\",\"at_hash\":\"%.*s\"",
					  STR_ARG(half)))),
		NULL));
	key_free(key);
}

static struct str
unsigned_token(const char *header, const char *payload, struct str signature)
{
	struct buf out;

	buf_init(&out, &arena, 16384);
	base64url_encode(&out, header, strlen(header));
	buf_add_char(&out, '.');
	base64url_encode(&out, payload, strlen(payload));
	buf_add_char(&out, '.');
	base64url_encode(&out, signature.p, signature.n);
	return buf_str(&out);
}

static void
test_algorithm_is_the_keys_not_the_tokens(void **state)
{
	static const char *const headers[] = {
		"{\"alg\":\"none\"}",
		"{\"alg\":\"HS256\"}",
		"{\"alg\":\"RS384\"}",
		"{\"alg\":\"ES384\"}",
		"{\"alg\":\"PS256\"}",
		"{\"alg\":\"\"}",
		"{}",
		"{\"alg\":\"ES256\",\"crit\":[\"exp\"]}",
		"{\"alg\":\"ES256\",\"b64\":false}",
		"{\"alg\":\"ES256\",\"alg\":\"none\"}",
	};
	struct key *key = new_key(KEY_ES256);

	(void)state;
	for (size_t i = 0; i < countof(headers); i++) {
		assert_err(verify(jwks_of(key), unsigned_token(headers[i], GOOD, STR("x")), NULL),
			ERR_INVALID_TOKEN);
		assert_err(verify(jwks_of(key), unsigned_token(headers[i], GOOD, STR_NONE), NULL),
			ERR_INVALID_TOKEN);
	}
	key_free(key);
}

static void
test_unusable_keys_are_passed_over(void **state)
{
	static const char *const sets[] = {
		"",
		"{}",
		"[]",
		"{\"keys\":{}}",
		"{\"keys\":[1,null,\"x\"]}",
		"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"AA\",\"y\":\"AA\"}]}",
		/* a point that is not on the curve */
		"{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\","
		"\"x\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\","
		"\"y\":\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAE\"}]}",
		/* RSA of a few bits */
		"{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}",
		"{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}",
	};
	struct key *key = new_key(KEY_ES256);

	(void)state;
	for (size_t i = 0; i < countof(sets); i++)
		assert_err(verify(str_of(sets[i]), sign(key, GOOD), NULL), ERR_INVALID_TOKEN);
	key_free(key);
}

static void
test_text_that_is_no_token_is_refused(void **state)
{
	static const char *const texts[] = {"", ".", "..", "a.b.c", "e30.e30.", "e30.e30.AA.AA"};
	struct key *key = new_key(KEY_ES256);

	(void)state;
	for (size_t i = 0; i < countof(texts); i++)
		assert_err(verify(jwks_of(key), str_of(texts[i]), NULL), ERR_INVALID_TOKEN);
	key_free(key);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_good_token_of_every_public_algorithm_is_believed),
		cmocka_unit_test(test_each_wrong_claim_is_refused_and_named),
		cmocka_unit_test(test_at_hash_of_this_access_token_and_audience_list_are_believed),
		cmocka_unit_test(test_algorithm_is_the_keys_not_the_tokens),
		cmocka_unit_test(test_unusable_keys_are_passed_over),
		cmocka_unit_test(test_text_that_is_no_token_is_refused),
	};

	if (crypto_init())
		return 1;
	return RUN(tests);
}
