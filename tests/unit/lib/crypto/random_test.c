/* Randomness: complete, without bias, ordered where it has to be. */
#include "tests/support/check.h"

#include "lib/crypto/random.h"

static void
test_all_bytes_are_filled(void **state)
{
	unsigned char bytes[1000], seen[1000] = {0};

	(void)state;
	/* Of 16 rounds, a byte that is zero in all has not been written. */
	for (int round = 0; round < 16; round++) {
		memset(bytes, 0, sizeof bytes);
		assert_ok(random_bytes(bytes, sizeof bytes));
		for (size_t i = 0; i < sizeof bytes; i++)
			seen[i] |= bytes[i];
	}
	for (size_t i = 0; i < sizeof seen; i++)
		assert_int_not_equal(seen[i], 0);
	assert_ok(random_bytes(bytes, 0));
}

/* Pearson's chi-square. Each limit is chance's at about 1 in 100,000. */
static double
chi_square(uint32_t limit, unsigned draws)
{
	unsigned counts[256] = {0};
	double expected = (double)draws / limit, sum = 0;

	for (unsigned i = 0; i < draws; i++) {
		uint32_t value = limit;

		assert_ok(random_below(limit, &value));
		assert_true(value < limit);
		counts[value]++;
	}
	for (uint32_t i = 0; i < limit; i++)
		sum += (counts[i] - expected) * (counts[i] - expected) / expected;
	return sum;
}

static void
test_letters_of_a_user_code_are_equally_likely(void **state)
{
	(void)state;
	assert_true(chi_square(31, 310000) < 74.0); /* 30 degrees of freedom */
	assert_true(chi_square(2, 100000) < 19.6);  /* 1 */
}

/* With limit 3 * 2^30, the remainder of a 32-bit number would hit the lower
 * third twice as often. */
static void
test_there_is_no_modulo_bias(void **state)
{
	const uint32_t limit = 3U << 30, third = 1U << 30;
	unsigned low = 0;

	(void)state;
	for (int i = 0; i < 30000; i++) {
		uint32_t value;

		assert_ok(random_below(limit, &value));
		assert_true(value < limit);
		low += value < third;
	}
	/* 10000 are expected, with a deviation of 82; biased, 15000. */
	assert_in_range(low, 9600, 10400);
}

static void
test_edges_of_the_range(void **state)
{
	uint32_t value = 7;

	(void)state;
	assert_err(random_below(0, &value), ERR_CRYPTO);
	assert_int_equal(value, 7);
	assert_ok(random_below(1, &value));
	assert_int_equal(value, 0);
	assert_ok(random_below(UINT32_MAX, &value));
}

static void
test_ids_follow_the_clock_and_do_not_repeat(void **state)
{
	struct id first, second, later;

	(void)state;
	assert_ok(id_new(1700000000000, &first));
	assert_ok(id_new(1700000000000, &second));
	assert_ok(id_new(1700000000001, &later));
	assert_false(id_eq(first, second));
	assert_true(memcmp(&first, &later, sizeof first) < 0);
	assert_true(memcmp(&second, &later, sizeof second) < 0);
	assert_int_equal(first.bytes[6] >> 4, 7);
	assert_int_equal(first.bytes[8] >> 6, 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_bytes_are_filled),
		cmocka_unit_test(test_letters_of_a_user_code_are_equally_likely),
		cmocka_unit_test(test_there_is_no_modulo_bias),
		cmocka_unit_test(test_edges_of_the_range),
		cmocka_unit_test(test_ids_follow_the_clock_and_do_not_repeat),
	};

	return RUN(tests);
}
