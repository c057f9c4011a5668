#include "lib/base/clock.h"
#include "lib/base/ipaddr.h"
#include "lib/cache/limiter.h"
#include "tests/support/check.h"

#include <malloc.h>
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
	assert_int_equal(limiter_take(l, 1, STR("k"), rule, 5999), 1);
	assert_int_equal(limiter_take(l, 1, STR("k"), rule, 6000), 0);
	assert_int_equal(limiter_take(l, 1, STR("k"), rule, 6000), 1000);
	limiter_free(l);
}

static void
test_asking_too_soon_costs_nothing(void **state)
{
	struct limiter *l = limiter_new(100);

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(limiter_take(l, 1, STR("k"), rule, 5000), 0);
	for (int i = 0; i < 100; i++)
		assert_int_equal(limiter_take(l, 1, STR("k"), rule, 5500), 500);
	assert_int_equal(limiter_take(l, 1, STR("k"), rule, 6000), 0);
	limiter_free(l);
}

static void
test_bucket_fills_to_the_burst_and_no_further(void **state)
{
	struct limiter *l = limiter_new(100);

	(void)state;
	for (int round = 0; round < 2; round++) {
		int64_t now_ms = 5000 + round * 86400000;

		for (int i = 0; i < 3; i++)
			assert_int_equal(limiter_take(l, 1, STR("k"), rule, now_ms), 0);
		assert_int_equal(limiter_take(l, 1, STR("k"), rule, now_ms), 1000);
	}
	limiter_free(l);
}

static void
test_kinds_and_keys_are_apart(void **state)
{
	struct limit_rule one = {.period_ms = 1000, .burst = 1};
	static const char *const keys[] = {
		"", "a", "b", "aa", "aaaaaaaa", "aaaaaaaaa", "aaaaaaaaaaaaaaaa"};
	struct limiter *l = limiter_new(10000);

	(void)state;
	for (unsigned kind = 0; kind < 5; kind++)
		for (size_t i = 0; i < countof(keys); i++)
			assert_int_equal(limiter_take(l, kind, str_of(keys[i]), one, 5000), 0);
	assert_int_equal(limiter_take(l, 0, STR("a\0"), one, 5000), 0);
	for (size_t i = 0; i < countof(keys); i++)
		assert_int_equal(limiter_take(l, 3, str_of(keys[i]), one, 5000), 1000);
	limiter_free(l);
}

static void
test_given_back_events_can_be_taken_again_once(void **state)
{
	struct limiter *l = limiter_new(100);

	(void)state;
	limiter_give_back(l, 1, STR("k"), rule);
	for (int i = 0; i < 3; i++)
		assert_int_equal(limiter_take(l, 1, STR("k"), rule, 5000), 0);
	limiter_give_back(l, 1, STR("k"), rule);
	assert_int_equal(limiter_take(l, 1, STR("k"), rule, 5000), 0);
	assert_int_equal(limiter_take(l, 1, STR("k"), rule, 5000), 1000);
	for (int i = 0; i < 50; i++)
		limiter_give_back(l, 1, STR("k"), rule);
	for (int i = 0; i < 3; i++)
		assert_int_equal(limiter_take(l, 1, STR("k"), rule, 5000), 0);
	assert_int_equal(limiter_take(l, 1, STR("k"), rule, 5000), 1000);
	limiter_free(l);
}

static void
test_no_period_is_no_limit(void **state)
{
	struct limit_rule none = {.period_ms = 0, .burst = 1};
	struct limiter *l = limiter_new(100);

	(void)state;
	for (int i = 0; i < 100; i++)
		assert_int_equal(limiter_take(l, 1, STR("k"), none, 5000), 0);
	limiter_give_back(l, 1, STR("k"), none);
	limiter_free(l);
	limiter_free(NULL);
}

static void
test_absurd_rules_neither_overflow_nor_open(void **state)
{
	struct limit_rule huge = {.period_ms = INT64_MAX, .burst = INT64_MAX};
	struct limit_rule negative = {.period_ms = 1000, .burst = INT64_MIN};
	struct limiter *l = limiter_new(100);
	int64_t wait_ms;

	(void)state;
	assert_int_equal(limiter_take(l, 1, STR("k"), huge, 1700000000000), 0);
	assert_int_equal(limiter_take(l, 2, STR("k"), negative, 5000), 0);
	wait_ms = limiter_take(l, 2, STR("k"), negative, 5000);
	assert_int_equal(wait_ms, 1000);
	limiter_free(l);
}

static void
test_clock_set_back_waits_one_period_at_most(void **state)
{
	struct limiter *l = limiter_new(100);

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(limiter_take(l, 1, STR("k"), rule, 100000000), 0);
	assert_int_equal(limiter_take(l, 1, STR("k"), rule, 5000), 1000);
	assert_int_equal(limiter_take(l, 1, STR("k"), rule, 6000), 0);
	limiter_free(l);
}

/* G7: a table that a million addresses have filled makes room; it does not grow. */
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

static void
test_smallest_table_works(void **state)
{
	struct limiter *l = limiter_new(0);

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(limiter_take(l, 1, STR("k"), rule, 5000), 0);
	assert_int_equal(limiter_take(l, 1, STR("k"), rule, 5000), 1000);
	limiter_free(l);
}

static int64_t
take_address(struct limiter *l, uint32_t address, int64_t now_ms)
{
	struct ipaddr ip = {{10, 0, 0, 0}, 4};

	memcpy(ip.bytes, &address, sizeof address);
	ip = ipaddr_limit_key(ip);
	return limiter_take(l, 1, (struct str){(const char *)ip.bytes, ip.size}, rule, now_ms);
}

/* An attacker with a million addresses: no memory beyond the table, no call
 * that takes long, and whoever is already limited stays so. */
static void
test_a_million_addresses_cost_fixed_memory_and_time(void **state)
{
	struct limiter *l = limiter_new(100000);
	size_t before = mallinfo2().uordblks;
	int64_t started_us = clock_monotonic_us(), took_us;
	size_t slow = 0;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_int_equal(limiter_take(l, 1, STR("victim"), rule, 5000), 0);
	for (uint32_t i = 0; i < 1000; i++) {
		int64_t block_us = clock_monotonic_us();

		for (uint32_t j = 0; j < 1000; j++)
			assert_int_equal(take_address(l, i * 1000 + j, 5000), 0);
		slow += clock_monotonic_us() - block_us > 100000;
	}
	took_us = clock_monotonic_us() - started_us;
	assert_int_equal(mallinfo2().uordblks, before);
	assert_in_range(took_us, 0, 20000000);
	assert_in_range(slow, 0, 20); /* blocks of a thousand that took a tenth of a second */
	assert_int_equal(limiter_take(l, 1, STR("victim"), rule, 5000), 1000);
	limiter_free(l);
}

static void
test_half_full_table_forgets_nearly_nobody(void **state)
{
	struct limiter *l = limiter_new(10000);
	size_t forgotten = 0;

	(void)state;
	for (int round = 0; round < 3; round++)
		for (uint32_t i = 0; i < 5000; i++)
			(void)take_address(l, i, 5000);
	for (uint32_t i = 0; i < 5000; i++)
		forgotten += take_address(l, i, 5000) == 0;
	assert_in_range(forgotten, 0, 250);
	limiter_free(l);
}

static int64_t
take_text(struct limiter *l, const char *text)
{
	struct ipaddr ip;

	assert_ok(ipaddr_parse(str_of(text), &ip));
	ip = ipaddr_limit_key(ip);
	return limiter_take(l, 1, (struct str){(const char *)ip.bytes, ip.size}, rule, 5000);
}

static void
test_addresses_of_one_64_share_a_bucket(void **state)
{
	struct limiter *l = limiter_new(100);

	(void)state;
	assert_int_equal(take_text(l, "2001:db8::1"), 0);
	assert_int_equal(take_text(l, "2001:db8::2"), 0);
	assert_int_equal(take_text(l, "2001:db8::ffff:ffff:ffff:ffff"), 0);
	assert_int_equal(take_text(l, "2001:db8::abcd:1:2:3"), 1000);
	assert_int_equal(take_text(l, "2001:db8:0:1::1"), 0);
	limiter_free(l);
}

static void
test_mapped_and_plain_ipv4_share_a_bucket(void **state)
{
	struct limiter *l = limiter_new(100);

	(void)state;
	assert_int_equal(take_text(l, "1.2.3.4"), 0);
	assert_int_equal(take_text(l, "::ffff:1.2.3.4"), 0);
	assert_int_equal(take_text(l, "::ffff:102:304"), 0);
	assert_int_equal(take_text(l, "1.2.3.4"), 1000);
	assert_int_equal(take_text(l, "1.2.3.5"), 0);
	limiter_free(l);
}

static void *
take_many(void *limiter)
{
	size_t taken = 0;

	for (int i = 0; i < 1000; i++) {
		taken += limiter_take(limiter, 1, STR("k"), (struct limit_rule){1000, 500}, 5000) ==
			 0;
		(void)limiter_take(
			limiter, 2, (struct str){(const char *)&i, sizeof i}, rule, 5000);
	}
	return (void *)taken;
}

static void
test_threads_share_one_bucket(void **state)
{
	struct limiter *l = limiter_new(1000);
	pthread_t others[3];
	size_t taken;

	(void)state;
	for (size_t i = 0; i < countof(others); i++)
		assert_int_equal(pthread_create(&others[i], NULL, take_many, l), 0);
	taken = (size_t)take_many(l);
	for (size_t i = 0; i < countof(others); i++) {
		void *theirs;

		(void)pthread_join(others[i], &theirs);
		taken += (size_t)theirs;
	}
	assert_int_equal(taken, 500);
	limiter_free(l);
}

static void
several_buckets_give_all_or_nothing(void **state)
{
	const struct limit_bucket buckets[] = {
		{1, STR("a"), {1000, 2}},
		{2, STR("a"), {60000, 1}},
		{3, STR("a"), {0, 1}},
	};
	struct limiter *l = limiter_new(100);

	(void)state;
	assert_int_equal(limiter_take_all(l, buckets, countof(buckets), 5000), 0);
	for (int i = 0; i < 5; i++)
		assert_int_equal(limiter_take_all(l, buckets, countof(buckets), 5000), 60000);
	/* The refused ones have taken nothing out of the first. */
	assert_int_equal(limiter_take(l, 1, STR("a"), buckets[0].rule, 5000), 0);
	assert_int_equal(limiter_take(l, 1, STR("a"), buckets[0].rule, 5000), 1000);
	limiter_give_all_back(l, buckets, countof(buckets));
	assert_int_equal(limiter_take_all(l, buckets, countof(buckets), 5000), 0);
	limiter_free(l);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_burst_then_one_per_period),
		cmocka_unit_test(test_asking_too_soon_costs_nothing),
		cmocka_unit_test(test_bucket_fills_to_the_burst_and_no_further),
		cmocka_unit_test(test_kinds_and_keys_are_apart),
		cmocka_unit_test(test_given_back_events_can_be_taken_again_once),
		cmocka_unit_test(test_no_period_is_no_limit),
		cmocka_unit_test(test_absurd_rules_neither_overflow_nor_open),
		cmocka_unit_test(test_clock_set_back_waits_one_period_at_most),
		cmocka_unit_test(test_full_table_forgets_the_nearest_to_full),
		cmocka_unit_test(test_smallest_table_works),
		cmocka_unit_test(test_a_million_addresses_cost_fixed_memory_and_time),
		cmocka_unit_test(test_half_full_table_forgets_nearly_nobody),
		cmocka_unit_test(test_addresses_of_one_64_share_a_bucket),
		cmocka_unit_test(test_mapped_and_plain_ipv4_share_a_bucket),
		cmocka_unit_test(several_buckets_give_all_or_nothing),
		cmocka_unit_test(test_threads_share_one_bucket),
	};

	return RUN(tests);
}
