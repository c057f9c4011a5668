#include "tests/support/check.h"

#include "lib/account/login_pace.h"

#include <stdio.h>

enum { MINUTE_MS = 60 * 1000, HOUR_MS = 60 * MINUTE_MS };

static const int64_t start_ms = 1700000000000;
static struct arena arena;

static int
make(void **state)
{
	*state = limiter_new(4096);
	return 0;
}

static int
destroy(void **state)
{
	limiter_free(*state);
	arena_free(&arena);
	return 0;
}

static int64_t
try_at(struct limiter *l, const char *name, const char *place, bool is_known, int64_t now_ms)
{
	struct login_pace p = {l, str_of(name), str_of(place), is_known};

	return login_pace_take(&arena, &p, now_ms);
}

/* How many of the tries are let through. */
static int
let_through(struct limiter *l, const char *name, const char *place, bool is_known, int tries)
{
	int count = 0;

	while (tries-- > 0)
		count += !try_at(l, name, place, is_known, start_ms);
	return count;
}

static void
delays_grow_with_failures(void **state)
{
	static const struct {
		int failures;
		int64_t at_least_ms;
		int64_t at_most_ms;
	} expected[] = {
		{5, 30 * 1000, 30 * 1000},
		{15, 2 * MINUTE_MS, 5 * MINUTE_MS},
		{40, 20 * MINUTE_MS, 30 * MINUTE_MS},
	};
	int64_t now_ms = start_ms;
	int failures = 0;

	for (size_t i = 0; i < countof(expected); i++) {
		int64_t wait_ms = 0;

		while (failures < expected[i].failures) {
			now_ms += try_at(*state, "mia", "here", false, now_ms);
			failures += !try_at(*state, "mia", "here", false, now_ms);
		}
		while (!(wait_ms = try_at(*state, "mia", "here", false, now_ms)))
			failures++;
		assert_true(wait_ms <= expected[i].at_most_ms);
		assert_true(wait_ms >= expected[i].at_least_ms);
	}
}

static void
who_comes_back_all_day_tries_few_passwords(void **state)
{
	int tries = 0;

	for (int64_t now_ms = start_ms; now_ms < start_ms + 24 * HOUR_MS; now_ms += 1000)
		tries += !try_at(*state, "mia", "here", false, now_ms);
	assert_in_range(tries, 60, 70);
}

static void
other_names_and_other_places_do_not_wait(void **state)
{
	assert_int_equal(let_through(*state, "mia", "here", false, 9), 5);
	assert_int_equal(let_through(*state, "tom", "here", false, 9), 5);
	assert_int_equal(let_through(*state, "mia", "there", false, 9), 5);
	assert_int_equal(let_through(*state, "no name at all!", "here", false, 9), 5);
}

static void
a_name_is_one_however_it_is_spelled(void **state)
{
	assert_int_equal(let_through(*state, "mia", "here", false, 3), 3);
	assert_int_equal(let_through(*state, " MIA ", "here", false, 9), 2);
}

static void
many_networks_share_a_budget_for_a_name_and_known_browsers_do_not(void **state)
{
	char place[24];
	int count = 0;

	for (int i = 0; i < 1000; i++) {
		(void)snprintf(place, sizeof place, "network %d", i);
		count += let_through(*state, "mia", place, false, 1);
	}
	assert_int_equal(count, 100);
	assert_int_equal(let_through(*state, "mia", "the browser of mia", true, 9), 5);
	assert_int_equal(let_through(*state, "tom", "network 0", false, 9), 5);
	/* A stranger waits a minute, not for ever. */
	assert_in_range(try_at(*state, "mia", "new", false, start_ms), 1, MINUTE_MS);
	assert_int_equal(try_at(*state, "mia", "new", false, start_ms + MINUTE_MS), 0);
}

static void
a_right_password_is_not_counted(void **state)
{
	struct login_pace p = {*state, STR("mia"), STR("here"), false};

	for (int i = 0; i < 50; i++) {
		assert_int_equal(login_pace_take(&arena, &p, start_ms), 0);
		login_pace_give_back(&arena, &p);
	}
	assert_int_equal(let_through(*state, "mia", "here", false, 9), 5);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(delays_grow_with_failures, make, destroy),
		cmocka_unit_test_setup_teardown(
			who_comes_back_all_day_tries_few_passwords, make, destroy),
		cmocka_unit_test_setup_teardown(
			other_names_and_other_places_do_not_wait, make, destroy),
		cmocka_unit_test_setup_teardown(a_name_is_one_however_it_is_spelled, make, destroy),
		cmocka_unit_test_setup_teardown(
			many_networks_share_a_budget_for_a_name_and_known_browsers_do_not, make,
			destroy),
		cmocka_unit_test_setup_teardown(a_right_password_is_not_counted, make, destroy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
