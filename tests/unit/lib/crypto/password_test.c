#include "lib/crypto/password.h"

#include "tests/support/check.h"

#include <crypt.h>

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

static void
generated_passwords_are_readable_and_differ(void **state)
{
	struct arena arena = {0};
	struct str first, second;

	(void)state;
	assert_ok(password_generate(&arena, 20, &first));
	assert_ok(password_generate(&arena, 20, &second));
	assert_int_equal(first.n, 20);
	assert_false(str_eq(first, second));
	for (int i = 0; i < 100; i++) {
		assert_ok(password_generate(&arena, 20, &first));
		for (size_t at = 0; at < first.n; at++)
			assert_true(first.p[at] > ' ' && !strchr("iloIO01", first.p[at]));
	}
	arena_free(&arena);
}

static void
lengths_are_bounded(void **state)
{
	struct arena arena = {0};
	char *big = arena_alloc(&arena, PASSWORD_MAX + 2);
	struct str hash,
		ascii = STR("$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW");

	(void)state;
	memset(big, 'x', PASSWORD_MAX + 1);
	assert_ok(password_hash(&arena, (struct str){big, PASSWORD_MAX}, &hash));
	assert_ok(password_verify(hash, (struct str){big, PASSWORD_MAX}));
	/* Every character counts, also past the 72 of bcrypt. */
	assert_err(password_verify(hash, (struct str){big, PASSWORD_MAX - 1}), ERR_BAD_CREDENTIALS);
	assert_err(
		password_hash(&arena, (struct str){big, PASSWORD_MAX + 1}, &hash), ERR_MALFORMED);
	assert_err(password_hash(&arena, STR_NONE, &hash), ERR_MALFORMED);
	assert_err(
		password_verify(ascii, (struct str){big, PASSWORD_MAX + 1}), ERR_BAD_CREDENTIALS);
	arena_free(&arena);
}

/* What is stored may be damaged, or of a kind that proves nothing. */
static void
a_hash_of_no_known_kind_matches_nothing(void **state)
{
	static const char *const hashes[] = {"", "x", "U*U", "$1$abc$", "$y$", "$y$j9T$", "*0",
		"*1", "$2a$", "$2a$99$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW",
		"$2a$05$CCCCCCCCCCCCCCCCCCCCC.", "$5$rounds=1$x$", "rl.3StKT.4T8M"};

	(void)state;
	for (size_t i = 0; i < countof(hashes); i++) {
		assert_err(password_verify(str_of(hashes[i]), STR("U*U")), ERR_BAD_CREDENTIALS);
		assert_err(password_verify(str_of(hashes[i]), STR_NONE), ERR_BAD_CREDENTIALS);
	}
}

static void
bcrypt_does_not_match_a_password_by_its_first_72_bytes(void **state)
{
	/* bcrypt of 72 times 'a'. */
	struct arena arena = {0};
	struct crypt_data *data = arena_new(&arena, struct crypt_data);
	char *text = arena_alloc(&arena, 74);
	const char *hash;

	(void)state;
	memset(text, 'a', 72);
	hash = crypt_r(text, "$2b$04$CCCCCCCCCCCCCCCCCCCCC.", data);
	assert_non_null(hash);
	assert_ok(password_verify(str_of(hash), str_of(text)));
	text[72] = 'b';
	assert_err(password_verify(str_of(hash), str_of(text)), ERR_BAD_CREDENTIALS);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_password_verifies_against_its_own_hash_only),
		cmocka_unit_test(bcrypt_of_the_original_verifies),
		cmocka_unit_test(generated_passwords_are_readable_and_differ),
		cmocka_unit_test(lengths_are_bounded),
		cmocka_unit_test(a_hash_of_no_known_kind_matches_nothing),
		cmocka_unit_test(bcrypt_does_not_match_a_password_by_its_first_72_bytes),
	};
	return RUN(tests);
}
