#include "lib/base/secret.h"
#include "tests/support/check.h"

static void
test_secret_holds_a_copy(void **state)
{
	struct secret s = {0};
	char key[] = "key";

	(void)state;
	secret_set(&s, key, 3);
	key[0] = 'x';
	assert_int_equal(s.n, 3);
	assert_memory_equal(s.p, "key", 3);
	secret_free(&s);
	assert_null(s.p);
	assert_int_equal(s.n, 0);
	secret_free(&s);
}

static void
test_secret_may_be_set_again_even_from_itself(void **state)
{
	struct secret s = {0};

	(void)state;
	secret_set(&s, "abcdef", 6);
	secret_set(&s, s.p + 2, 3);
	assert_int_equal(s.n, 3);
	assert_memory_equal(s.p, "cde", 3);
	secret_set(&s, NULL, 0);
	assert_int_equal(s.n, 0);
	secret_free(&s);
}

static void
test_wiped_memory_is_zero(void **state)
{
	char key[8] = "secret!";

	(void)state;
	wipe(key, 6);
	assert_memory_equal(key, "\0\0\0\0\0\0!", 8);
	wipe(NULL, 0);
}

static void
test_every_differing_bit_is_seen(void **state)
{
	unsigned char a[40] = {1, 2, 3}, b[40] = {1, 2, 3};

	(void)state;
	assert_true(equal_in_constant_time(a, b, sizeof a));
	for (size_t bit = 0; bit < sizeof a * 8; bit++) {
		b[bit / 8] ^= (unsigned char)(1u << bit % 8);
		assert_false(equal_in_constant_time(a, b, sizeof a));
		b[bit / 8] ^= (unsigned char)(1u << bit % 8);
	}
	b[39] = 1;
	assert_true(equal_in_constant_time(a, b, 39));
	assert_true(equal_in_constant_time(NULL, NULL, 0));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_secret_holds_a_copy),
		cmocka_unit_test(test_secret_may_be_set_again_even_from_itself),
		cmocka_unit_test(test_wiped_memory_is_zero),
		cmocka_unit_test(test_every_differing_bit_is_seen),
	};

	return RUN(tests);
}
