#include "lib/crypto/seal.h"

#include "lib/crypto/digest.h"
#include "tests/support/check.h"

static void
a_sealed_value_opens_only_unchanged(void **state)
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

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(a_sealed_value_opens_only_unchanged)};
	return crypto_init() ? 1 : RUN(tests);
}
