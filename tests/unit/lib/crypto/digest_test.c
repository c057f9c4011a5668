/* Digests against published vectors, and from many threads. */
#include "tests/support/check.h"

#include "lib/base/base64.h"
#include "lib/crypto/digest.h"

#include <pthread.h>

static void
assert_hex(struct digest digest, const char *want)
{
	char hex[2 * DIGEST_SIZE + 1];

	for (size_t i = 0; i < DIGEST_SIZE; i++)
		(void)snprintf(hex + 2 * i, 3, "%02x", digest.bytes[i]);
	assert_string_equal(hex, want);
}

/* FIPS 180-4. */
static void
test_sha256_agrees_with_its_standard(void **state)
{
	(void)state;
	assert_hex(sha256(STR("abc")),
		"ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_hex(sha256(STR_NONE),
		"e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

/* RFC 4231, test cases 1, 2 and 6. */
static void
test_hmac_agrees_with_rfc_4231(void **state)
{
	struct secret key = {0};
	uint8_t bytes[131];

	(void)state;
	memset(bytes, 0x0b, 20);
	secret_set(&key, bytes, 20);
	assert_hex(hmac_sha256(&key, STR("Hi There")),
		"b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
	secret_set(&key, "Jefe", 4);
	assert_hex(hmac_sha256(&key, STR("what do ya want for nothing?")),
		"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	memset(bytes, 0xaa, sizeof bytes);
	secret_set(&key, bytes, sizeof bytes);
	assert_hex(hmac_sha256(&key, STR("Test Using Larger Than Block-Size Key - Hash Key First")),
		"60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
	secret_free(&key);
}

static void
test_a_kept_key_gives_the_same_codes_again_and_again(void **state)
{
	struct secret key = {0};
	struct hmac *hmac;

	(void)state;
	secret_set(&key, "Jefe", 4);
	hmac = hmac_new(&key);
	secret_free(&key);
	for (int i = 0; i < 3; i++) {
		assert_hex(hmac_of(hmac, STR("what do ya want for nothing?")),
			"5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
		assert_hex(hmac_of(hmac, STR_NONE),
			"923598ca6d64af2a5dba79dcd021a8a0fe5c5f557519adaaf0ad532d4506dd30");
	}
	hmac_free(hmac);
}

static void
test_an_empty_key_is_not_the_key_before(void **state)
{
	struct secret key = {0}, none = {0};
	struct digest with, without;

	(void)state;
	secret_set(&key, "key", 3);
	with = hmac_sha256(&key, STR("m"));
	without = hmac_sha256(&none, STR("m"));
	assert_false(digest_eq(with, without));
	secret_free(&key);
}

/* RFC 5869, test case 3: no salt and no info, the first 32 bytes. */
static void
test_key_derivation_agrees_with_rfc_5869(void **state)
{
	struct secret from = {0}, key = {0};
	struct digest got;
	uint8_t bytes[22];

	(void)state;
	memset(bytes, 0x0b, sizeof bytes);
	secret_set(&from, bytes, sizeof bytes);
	derive_key(&from, "", &key);
	assert_int_equal(key.n, DIGEST_SIZE);
	memcpy(got.bytes, key.p, DIGEST_SIZE);
	assert_hex(got, "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d");
	secret_free(&from);
	secret_free(&key);
}

static void
test_every_purpose_has_a_key_of_its_own(void **state)
{
	struct secret from = {0}, a = {0}, b = {0};

	(void)state;
	secret_set(&from, "0123456789abcdef0123456789abcdef", 32);
	derive_key(&from, "authgate csrf", &a);
	derive_key(&from, "authgate signing-key seal", &b);
	assert_memory_not_equal(a.p, b.p, DIGEST_SIZE);
	secret_free(&from);
	secret_free(&a);
	secret_free(&b);
}

static void
test_one_bit_makes_two_digests_differ(void **state)
{
	struct digest a = sha256(STR("x")), b;

	(void)state;
	assert_true(digest_eq(a, a));
	for (size_t bit = 0; bit < DIGEST_SIZE * 8; bit++) {
		b = a;
		b.bytes[bit / 8] = (uint8_t)(b.bytes[bit / 8] ^ (1 << bit % 8));
		assert_false(digest_eq(a, b));
	}
}

static void *
hash_much(void *wrong)
{
	for (int i = 0; i < 2000; i++)
		if (sha256(STR("abc")).bytes[0] != 0xba)
			*(int *)wrong = 1;
	return NULL;
}

static void
test_threads_do_not_disturb_each_other(void **state)
{
	pthread_t threads[4];
	int wrong[4] = {0};

	(void)state;
	for (size_t i = 0; i < countof(threads); i++)
		assert_int_equal(pthread_create(&threads[i], NULL, hash_much, &wrong[i]), 0);
	for (size_t i = 0; i < countof(threads); i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		assert_int_equal(wrong[i], 0);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sha256_agrees_with_its_standard),
		cmocka_unit_test(test_hmac_agrees_with_rfc_4231),
		cmocka_unit_test(test_a_kept_key_gives_the_same_codes_again_and_again),
		cmocka_unit_test(test_an_empty_key_is_not_the_key_before),
		cmocka_unit_test(test_key_derivation_agrees_with_rfc_5869),
		cmocka_unit_test(test_every_purpose_has_a_key_of_its_own),
		cmocka_unit_test(test_one_bit_makes_two_digests_differ),
		cmocka_unit_test(test_threads_do_not_disturb_each_other),
	};

	return crypto_init() ? 1 : RUN(tests);
}
