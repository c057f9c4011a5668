#include "lib/cache/limiter.h"
#include "tests/support/check.h"

#include <pthread.h>

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

static void *
take_many(void *limiter)
{
	size_t taken = 0;

	for (int i = 0; i < 1000; i++)
		taken += limiter_take(limiter, 1, STR("k"), (struct limit_rule){1000, 500}, 5000) ==
			 0;
	return (void *)taken;
}

static void
test_threads_share_one_bucket(void **state)
{
	struct limiter *l = limiter_new(1000);
	pthread_t other;
	void *theirs;
	size_t mine;

	(void)state;
	assert_int_equal(pthread_create(&other, NULL, take_many, l), 0);
	mine = (size_t)take_many(l);
	(void)pthread_join(other, &theirs);
	assert_int_equal(mine + (size_t)theirs, 500);
	limiter_free(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_burst_then_one_per_period),
		cmocka_unit_test(test_full_table_forgets_the_nearest_to_full),
		cmocka_unit_test(test_threads_share_one_bucket),
	};

	return RUN(tests);
}
