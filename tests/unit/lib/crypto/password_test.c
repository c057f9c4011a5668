#include "lib/crypto/password.h"

#include "tests/support/check.h"

static void
a_password_verifies_against_its_own_hash_only(void **state)
{
	(void)state;
	struct arena arena = {0};
	struct str hash;
	assert_ok(password_hash(&arena, STR("correct horse"), &hash));
	assert_true(str_starts(hash, STR("$y$")));
	assert_ok(password_verify(hash, STR("correct horse")));
	assert_err(password_verify(hash, STR("correct horsf")), ERR_BAD_CREDENTIALS);
	assert_err(password_verify(hash, STR("correct horse\0x")), ERR_BAD_CREDENTIALS);
	assert_err(password_verify(STR_NONE, STR("nobody has this password")), ERR_BAD_CREDENTIALS);
	assert_err(password_hash(&arena, STR("a\0b"), &hash), ERR_MALFORMED);
	arena_free(&arena);
}

static void
bcrypt_of_the_original_verifies(void **state)
{
	(void)state;
	struct str hash = STR("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW");
	assert_ok(password_verify(hash, STR("U*U")));
	assert_err(password_verify(hash, STR("U*U*")), ERR_BAD_CREDENTIALS);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_password_verifies_against_its_own_hash_only),
		cmocka_unit_test(bcrypt_of_the_original_verifies),
	};
	return RUN(tests);
}
