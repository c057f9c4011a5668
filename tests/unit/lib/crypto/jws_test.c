/* Tokens: signed by each algorithm, verified, refused. */
#include "tests/support/check.h"

#include "lib/base/base64.h"
#include "lib/crypto/digest.h"
#include "lib/crypto/key.h"

#include <jwt.h>

static struct str
sign(struct arena *arena, const struct key *key, const char *typ, const char *payload)
{
	struct buf out;

	buf_init(&out, arena, 16384);
	assert_ok(jws_sign(key, typ, str_of(payload), &out));
	return buf_str(&out);
}

static enum err
verify(struct arena *arena, struct key *key, const char *typ, struct str token, struct str *payload)
{
	struct key *const list[] = {key};
	struct keyset set = {list, 1};

	return jws_verify(arena, &set, typ, token, payload);
}

/* header and payload of the token's own, signature by the key as HMAC text. */
static struct str
forge(struct arena *arena, const char *header, const char *payload, struct str hmac_key)
{
	struct secret secret = {0};
	struct buf out;
	struct digest mac;

	buf_init(&out, arena, 16384);
	base64url_encode(&out, header, strlen(header));
	buf_add_char(&out, '.');
	base64url_encode(&out, payload, strlen(payload));
	secret_set(&secret, hmac_key.p, hmac_key.n);
	mac = hmac_sha256(&secret, buf_str(&out));
	secret_free(&secret);
	buf_add_char(&out, '.');
	base64url_encode(&out, mac.bytes, DIGEST_SIZE);
	return buf_str(&out);
}

static void
test_every_algorithm_signs_what_it_verifies(void **state)
{
	(void)state;
	for (int alg = 0; alg < KEY_ALG_COUNT; alg++) {
		struct arena arena = {0};
		struct str token, payload;
		struct key *key, *other;

		assert_ok(key_generate((enum key_alg)alg, &key));
		assert_ok(key_generate((enum key_alg)alg, &other));
		token = sign(&arena, key, "at+jwt", "{\"sub\":\"mia\"}");
		assert_ok(verify(&arena, key, "at+jwt", token, &payload));
		assert_str(payload, "{\"sub\":\"mia\"}");
		assert_err(verify(&arena, key, "JWT", token, &payload), ERR_INVALID_TOKEN);
		key_set_id(other, key_id(key));
		assert_err(verify(&arena, other, "at+jwt", token, &payload), ERR_INVALID_TOKEN);
		key_free(other);
		key_free(key);
		arena_free(&arena);
	}
}

static void
test_a_key_survives_export_and_import_with_its_id(void **state)
{
	(void)state;
	for (int alg = 0; alg < KEY_ALG_COUNT; alg++) {
		struct arena arena = {0};
		struct secret bytes = {0};
		struct key *key, *again;
		struct str payload;

		assert_ok(key_generate((enum key_alg)alg, &key));
		assert_ok(key_export(key, &bytes));
		assert_ok(key_import((enum key_alg)alg, &bytes, &again));
		assert_true(str_eq(key_id(key), key_id(again)));
		assert_ok(verify(&arena, again, "JWT", sign(&arena, key, "JWT", "{}"), &payload));
		secret_free(&bytes);
		key_free(key);
		key_free(again);
		arena_free(&arena);
	}
}

static void
test_any_changed_character_is_refused(void **state)
{
	struct arena arena = {0};
	struct str token, payload;
	struct key *key;
	char *bent;

	(void)state;
	assert_ok(key_generate(KEY_ES256, &key));
	token = sign(&arena, key, "at+jwt", "{\"sub\":\"mia\"}");
	for (size_t i = 0; i < token.n; i++) {
		bent = arena_copy(&arena, token.p, token.n);
		bent[i] = bent[i] == 'A' ? 'B' : 'A';
		assert_err(verify(&arena, key, "at+jwt", (struct str){bent, token.n}, &payload),
			ERR_INVALID_TOKEN);
	}
	for (size_t n = 0; n < token.n; n++)
		assert_err(verify(&arena, key, "at+jwt", str_first(token, n), &payload),
			ERR_INVALID_TOKEN);
	key_free(key);
	arena_free(&arena);
}

static void
test_algorithm_confusion_and_none_are_refused(void **state)
{
	static const char *const headers[] = {
		"{\"alg\":\"none\",\"typ\":\"at+jwt\",\"kid\":\"%s\"}",
		"{\"alg\":\"None\",\"typ\":\"at+jwt\",\"kid\":\"%s\"}",
		"{\"alg\":\"HS256\",\"typ\":\"at+jwt\",\"kid\":\"%s\"}",
		"{\"typ\":\"at+jwt\",\"kid\":\"%s\"}",
		"{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"../../dev/null\"}",
		"{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":[\"%s\"]}",
		"{\"alg\":\"ES256\",\"typ\":\"at+jwt\",\"kid\":\"x\",\"kid\":\"%s\"}",
	};
	struct arena arena = {0};
	struct str payload, public_half;
	struct key *key;
	struct buf jwk;

	(void)state;
	assert_ok(key_generate(KEY_ES256, &key));
	buf_init(&jwk, &arena, 4096);
	assert_true(key_write_jwk(key, &jwk));
	public_half = buf_str(&jwk);
	for (size_t i = 0; i < countof(headers); i++) {
		char header[512];
		struct str token;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
		(void)snprintf(header, sizeof header, headers[i], key_id(key).p);
#pragma GCC diagnostic pop
		token = forge(&arena, header, "{}", public_half);
		assert_err(verify(&arena, key, "at+jwt", token, &payload), ERR_INVALID_TOKEN);
		token = forge(&arena, header, "{}", STR_NONE);
		assert_err(verify(&arena, key, "at+jwt", token, &payload), ERR_INVALID_TOKEN);
	}
	key_free(key);
	arena_free(&arena);
}

static void
test_crit_and_b64_are_refused_even_when_signed(void **state)
{
	static const char *const extras[] = {
		",\"crit\":[\"exp\"]", ",\"b64\":false", ",\"crit\":[\"b64\"],\"b64\":false"};
	struct arena arena = {0};
	struct secret secret = {0};
	struct key *key;
	struct str payload;

	(void)state;
	secret_set(&secret, "0123456789abcdef0123456789abcdef", 32);
	assert_ok(key_from_secret(&secret, &key));
	for (size_t i = 0; i < countof(extras); i++) {
		char *header = arena_printf(&arena,
			"{\"alg\":\"HS256\",\"typ\":\"at+jwt\",\"kid\":\"%.*s\"%s}",
			STR_ARG(key_id(key)), extras[i]);
		struct str token =
			forge(&arena, header, "{}", (struct str){(char *)secret.p, secret.n});

		assert_err(verify(&arena, key, "at+jwt", token, &payload), ERR_INVALID_TOKEN);
	}
	secret_free(&secret);
	key_free(key);
	arena_free(&arena);
}

/* E4 */
static void
test_a_short_secret_is_refused(void **state)
{
	struct secret secret = {0};
	struct key *key = NULL;

	(void)state;
	secret_set(&secret, "0123456789abcdef0123456789abcde", 31);
	assert_err(key_from_secret(&secret, &key), ERR_CRYPTO);
	secret_free(&secret);
}

static void
test_the_secret_is_not_published(void **state)
{
	struct arena arena = {0};
	struct key *key;
	struct buf out;

	(void)state;
	assert_ok(key_generate(KEY_HS256, &key));
	buf_init(&out, &arena, 4096);
	assert_false(key_write_jwk(key, &out));
	assert_int_equal(out.n, 0);
	key_free(key);
	arena_free(&arena);
}

/* RFC 7515 appendix A.1: the signature over that input with that key. */
static void
test_hs256_agrees_with_rfc_7515(void **state)
{
	static const char *const input =
		"eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9."
		"eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb2"
		"90Ijp0cnVlfQ";
	struct arena arena = {0};
	struct secret secret = {0};
	struct digest mac;
	struct str raw;

	(void)state;
	assert_ok(base64url_decode(&arena,
		str_of("AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-"
		       "1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1"
		       "Z9CAow"),
		&raw));
	secret_set(&secret, raw.p, raw.n);
	mac = hmac_sha256(&secret, str_of(input));
	assert_str(base64url(&arena, mac.bytes, DIGEST_SIZE),
		"dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk");
	secret_free(&secret);
	arena_free(&arena);
}

/* Another library accepts what we sign; it knows no typ but JWT. */
static void
test_libjwt_verifies_hs256(void **state)
{
	struct arena arena = {0};
	struct secret secret = {0};
	struct key *key;
	struct str token;
	jwt_t *jwt = NULL;

	(void)state;
	secret_set(&secret, "0123456789abcdef0123456789abcdef", 32);
	assert_ok(key_from_secret(&secret, &key));
	token = sign(&arena, key, "JWT", "{\"sub\":\"mia\"}");
	assert_int_equal(jwt_decode(&jwt, str_c(&arena, token), secret.p, (int)secret.n), 0);
	assert_string_equal(jwt_get_grant(jwt, "sub"), "mia");
	assert_int_equal(jwt_get_alg(jwt), JWT_ALG_HS256);
	jwt_free(jwt);
	secret_free(&secret);
	key_free(key);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_algorithm_signs_what_it_verifies),
		cmocka_unit_test(test_a_key_survives_export_and_import_with_its_id),
		cmocka_unit_test(test_any_changed_character_is_refused),
		cmocka_unit_test(test_algorithm_confusion_and_none_are_refused),
		cmocka_unit_test(test_crit_and_b64_are_refused_even_when_signed),
		cmocka_unit_test(test_a_short_secret_is_refused),
		cmocka_unit_test(test_the_secret_is_not_published),
		cmocka_unit_test(test_hs256_agrees_with_rfc_7515),
		cmocka_unit_test(test_libjwt_verifies_hs256),
	};

	return RUN(tests);
}
