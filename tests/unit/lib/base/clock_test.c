#include "lib/base/clock.h"
#include "tests/support/check.h"

#include <time.h>

static void
test_instants_are_shown_in_utc(void **state)
{
	char text[21];

	(void)state;
	clock_format_utc(0, text);
	assert_string_equal(text, "1970-01-01T00:00:00Z");
	clock_format_utc(951782400000 + 999, text);
	assert_string_equal(text, "2000-02-29T00:00:00Z");
	clock_format_utc(253402300799000, text);
	assert_string_equal(text, "9999-12-31T23:59:59Z");
}

static void
test_instants_out_of_reach_stay_inside_the_buffer(void **state)
{
	static const int64_t far[] = {INT64_MAX, INT64_MIN, 253402300800000, -1};
	char text[22];

	(void)state;
	for (size_t i = 0; i < countof(far); i++) {
		memset(text, '#', sizeof text);
		clock_format_utc(far[i], text);
		assert_in_range(strnlen(text, 21), 1, 20);
		assert_int_equal(text[21], '#');
	}
}

static void
test_clocks_count_in_their_units(void **state)
{
	int64_t wall_ms = clock_now_ms(), before_us = clock_monotonic_us(), passed_us;

	(void)state;
	assert_in_range(
		wall_ms, (int64_t)(time(NULL) - 2) * 1000, (int64_t)(time(NULL) + 2) * 1000);
	(void)nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
	passed_us = clock_monotonic_us() - before_us;
	assert_in_range(passed_us, 20000, 5000000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_instants_are_shown_in_utc),
		cmocka_unit_test(test_instants_out_of_reach_stay_inside_the_buffer),
		cmocka_unit_test(test_clocks_count_in_their_units),
	};

	return RUN(tests);
}
