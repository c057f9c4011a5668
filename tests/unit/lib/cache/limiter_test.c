#include "lib/cache/limiter.h"
#include "tests/support/check.h"

static const struct limit_rule rule = {.period_ms = 1000, .burst = 3};

static void
test_burst_then_one_per_period(void **state)
{
	struct limiter *l = limiter_new(100);

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(limiter_take(l, 1, STR("k"), rule, 5000), 0);
	assert_int_equal(limiter_take(l, 1, STR("k"), rule, 5000), 1000);
	assert_int_equal(limiter_take(l, 2, STR("k"), rule, 5000), 0);
	assert_int_equal(limiter_take(l, 1, STR("k"), rule, 5999), 1);
	assert_int_equal(limiter_take(l, 1, STR("k"), rule, 6000), 0);
	assert_int_equal(limiter_take(l, 1, STR("k"), rule, 6000), 1000);
	limiter_give_back(l, 1, STR("k"), rule);
	assert_int_equal(limiter_take(l, 1, STR("k"), rule, 6000), 0);
	limiter_free(l);
}

static void
test_full_table_forgets_the_nearest_to_full(void **state)
{
	struct limiter *l = limiter_new(2);

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(limiter_take(l, 1, STR("busy"), rule, 5000), 0);
	for (char c = 'a'; c <= 'z'; c++)
		assert_int_equal(limiter_take(l, 1, (struct str){&c, 1}, rule, 5000), 0);
	assert_int_equal(limiter_take(l, 1, STR("busy"), rule, 5000), 1000);
	limiter_free(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_burst_then_one_per_period),
		cmocka_unit_test(test_full_table_forgets_the_nearest_to_full),
	};

	return RUN(tests);
}
