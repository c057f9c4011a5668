#include "lib/crypto/credential.h"

#include "tests/support/check.h"

#include <string.h>

static void
a_new_credential_parses_back(void **state)
{
	(void)state;
	struct arena arena = {0};
	struct credential made, read;
	struct str text;
	assert_int_equal(credential_new(&arena, 1700000000000, &made, &text), OK);
	assert_int_equal(text.n, CREDENTIAL_TEXT_SIZE);
	assert_int_equal(credential_parse(text, &read), OK);
	assert_true(id_eq(made.id, read.id));
	assert_true(digest_eq(made.digest, read.digest));
	arena_free(&arena);
}

static void
other_texts_are_malformed(void **state)
{
	(void)state;
	struct arena arena = {0};
	struct credential c;
	struct str text;
	assert_int_equal(credential_new(&arena, 1, &c, &text), OK);
	assert_int_equal(credential_parse(STR_NONE, &c), ERR_MALFORMED);
	assert_int_equal(credential_parse(str_first(text, text.n - 1), &c), ERR_MALFORMED);
	char *copy = arena_copy(&arena, text.p, text.n);
	copy[22] = '-';
	assert_int_equal(credential_parse((struct str){copy, text.n}, &c), ERR_MALFORMED);
	memset(copy, 'A', text.n);
	copy[22] = '.';
	assert_int_equal(credential_parse((struct str){copy, text.n}, &c), ERR_MALFORMED);
	arena_free(&arena);
}

static void
hmac_and_hkdf_match_published_vectors(void **state)
{
	(void)state;
	/* RFC 4231 case 2; RFC 5869 case 3 shares salt-less extraction but not info,
	 * so its first block is the empty label's. */
	static const uint8_t hmac[] = {0x5b, 0xdc, 0xc1, 0x46, 0xbf, 0x60, 0x75, 0x4e};
	static const uint8_t okm[] = {0x8d, 0xa4, 0xe7, 0x75, 0xa5, 0x63, 0xc1, 0x8f};
	struct secret key = {0}, derived = {0};
	secret_set(&key, "Jefe", 4);
	struct digest d = hmac_sha256(&key, STR("what do ya want for nothing?"));
	assert_memory_equal(d.bytes, hmac, sizeof hmac);
	uint8_t ikm[22];
	memset(ikm, 0x0b, sizeof ikm);
	secret_set(&key, ikm, sizeof ikm);
	derive_key(&key, "", &derived);
	assert_int_equal(derived.n, DIGEST_SIZE);
	assert_memory_equal(derived.p, okm, sizeof okm);
	secret_free(&key);
	secret_free(&derived);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_new_credential_parses_back),
		cmocka_unit_test(other_texts_are_malformed),
		cmocka_unit_test(hmac_and_hkdf_match_published_vectors),
	};
	return crypto_init() ? 1 : RUN(tests);
}
