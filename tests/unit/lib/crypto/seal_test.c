#include "lib/crypto/seal.h"

#include "lib/crypto/digest.h"
#include "tests/support/check.h"

#include <stdlib.h>
#include <string.h>

static void
test_a_sealed_value_opens_only_unchanged(void **state)
{
	(void)state;
	struct arena arena = {0};
	struct secret from = {0}, key = {0};
	struct str sealed, plain;
	secret_set(&from, "0123456789abcdef", 16);
	derive_key(&from, "test", &key);
	assert_ok(seal(&arena, &key, STR("row"), STR("private"), &sealed));
	assert_ok(unseal(&arena, &key, STR("row"), sealed, &plain));
	assert_str(plain, "private");
	assert_err(unseal(&arena, &key, STR("other"), sealed, &plain), ERR_CRYPTO);
	for (size_t n = 0; n < sealed.n; n++)
		assert_err(
			unseal(&arena, &key, STR("row"), str_first(sealed, n), &plain), ERR_CRYPTO);
	char *bytes = arena_copy(&arena, sealed.p, sealed.n);
	for (size_t bit = 0; bit < sealed.n * 8; bit++) {
		bytes[bit / 8] = (char)(bytes[bit / 8] ^ (1 << bit % 8));
		assert_err(unseal(&arena, &key, STR("row"), (struct str){bytes, sealed.n}, &plain),
			ERR_CRYPTO);
		bytes[bit / 8] = (char)(bytes[bit / 8] ^ (1 << bit % 8));
	}
	assert_ok(seal(&arena, &key, STR_NONE, STR_NONE, &sealed));
	assert_ok(unseal(&arena, &key, STR_NONE, sealed, &plain));
	assert_int_equal(plain.n, 0);
	secret_free(&key);
	secret_free(&from);
	arena_free(&arena);
}

static int
compare(const void *a, const void *b)
{
	return memcmp(a, b, 12);
}

/* F4: of 100,000 under one key; a nonce that repeats gives the key away. */
static void
test_no_nonce_is_used_twice(void **state)
{
	enum { COUNT = 100 * 1000 };
	static char nonces[COUNT][12];
	struct secret from = {0}, key = {0};

	(void)state;
	secret_set(&from, "0123456789abcdef", 16);
	derive_key(&from, "test", &key);
	for (size_t i = 0; i < COUNT; i++) {
		struct arena arena = {0};
		struct str sealed;

		assert_ok(seal(&arena, &key, STR_NONE, STR("x"), &sealed));
		memcpy(nonces[i], sealed.p, sizeof nonces[i]);
		arena_free(&arena);
	}
	qsort(nonces, COUNT, sizeof nonces[0], compare);
	for (size_t i = 1; i < COUNT; i++)
		assert_int_not_equal(compare(nonces[i - 1], nonces[i]), 0);
	secret_free(&key);
	secret_free(&from);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_sealed_value_opens_only_unchanged),
		cmocka_unit_test(test_no_nonce_is_used_twice),
	};

	return crypto_init() ? 1 : RUN(tests);
}
