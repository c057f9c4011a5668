#include "lib/base/duration.h"
#include "tests/support/check.h"

static const int64_t limit_ms = 100LL * 366 * 86400000;

static void
test_units_add_up(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} rows[] = {{"0", 0}, {"0s", 0}, {"250ms", 250}, {"90s", 90000}, {"10h", 36000000},
		{"1h30m", 5400000}, {"1d", 86400000}, {"1d2h3m4s5ms", 93784005}, {"1s1h", 3601000},
		{"1.5h", 5400000}, {"0.25s", 250}, {"1.000000000s", 1000}, {"2.5d0.5s", 216000500},
		{"36600d", 100LL * 366 * 86400000}};
	int64_t ms;

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		assert_ok(duration_parse_ms(str_of(rows[i].text), &ms));
		assert_true(ms == rows[i].ms);
	}
}

static void
test_anything_else_is_refused(void **state)
{
	static const char *const bad[] = {"", "10", "-1s", "+1s", "1", "s", "1 s", " 1s", "1s ",
		"1S", "1h30", "1hs", "1w", "1us", "00", "1.5.5h", "1.h", ".5h", "1.5", "0.5ms",
		"1.0001s", "1.0000000000s", "1.-5s", "1,5s", "36600.5d", "36601d", "36600d1ms",
		"9223372036854775807ms", "99999999999999999999h", "1s-1s"};
	int64_t ms = 7;

	(void)state;
	for (size_t i = 0; i < countof(bad); i++)
		assert_err(duration_parse_ms(str_of(bad[i]), &ms), ERR_MALFORMED);
	assert_err(duration_parse_ms(STR("1s\0"), &ms), ERR_MALFORMED);
	assert_int_equal(ms, 7);
}

static void
test_text_is_the_shortest_spelling(void **state)
{
	struct arena a = {0};

	(void)state;
	assert_str(duration_text(&a, 0), "0");
	assert_str(duration_text(&a, -5), "0");
	assert_str(duration_text(&a, 5400000), "1h30m");
	assert_str(duration_text(&a, 36000000), "10h");
	assert_str(duration_text(&a, 93784005), "1d2h3m4s5ms");
	assert_str(duration_text(&a, limit_ms), "36600d");
	assert_true(duration_text(&a, INT64_MAX).n > 10);
	arena_free(&a);
}

static void
test_words_name_the_largest_unit(void **state)
{
	struct arena a = {0};

	(void)state;
	assert_str(duration_words(&a, -1), "a moment");
	assert_str(duration_words(&a, 999), "a moment");
	assert_str(duration_words(&a, 1000), "1 second");
	assert_str(duration_words(&a, 119999), "1 minute");
	assert_str(duration_words(&a, 120000), "2 minutes");
	assert_str(duration_words(&a, 3 * 3600000), "3 hours");
	assert_str(duration_words(&a, 86400000), "1 day");
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_units_add_up),
		cmocka_unit_test(test_anything_else_is_refused),
		cmocka_unit_test(test_text_is_the_shortest_spelling),
		cmocka_unit_test(test_words_name_the_largest_unit),
	};

	return RUN(tests);
}
