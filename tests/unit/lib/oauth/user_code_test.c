/* Codes that people type. */
#include "tests/support/check.h"

#include "lib/oauth/user_code.h"

static void
expect_code(const char *typed, const char *canonical)
{
	struct arena arena = {0};
	struct str code;

	assert_ok(user_code_canonical(&arena, str_of(typed), &code));
	assert_str(code, canonical);
	arena_free(&arena);
}

static void
expect_no_code(struct str typed)
{
	struct arena arena = {0};
	struct str code;

	assert_err(user_code_canonical(&arena, typed, &code), ERR_MALFORMED);
	arena_free(&arena);
}

static void
test_user_code_is_read_in_any_case_with_or_without_dash(void **state)
{
	(void)state;
	expect_code("WDJB-MJHT", "WDJBMJHT");
	expect_code("wdjbmjht", "WDJBMJHT");
	expect_code("  wDjB mJhT ", "WDJBMJHT");
	expect_code("w-d-j-b-m-j-h-t", "WDJBMJHT");
	expect_code("wdj-bmj-ht2", "WDJBMJHT2");
	expect_code("WDJB-MJHT-2345", "WDJBMJHT2345");
}

static void
test_what_cannot_be_a_user_code_is_refused(void **state)
{
	(void)state;
	expect_no_code(STR(""));
	expect_no_code(STR("WDJB-MJH"));
	expect_no_code(STR("WDJB-MJHT-23456"));
	expect_no_code(STR("WDJB-MJH0")); /* 0, O, 1, I and L are not in the alphabet */
	expect_no_code(STR("WDJB-MJHO"));
	expect_no_code(STR("WDJB%MJHT"));
	expect_no_code(STR("WDJBMJH\0T"));
	expect_no_code(STR("WDJBMJH\0"));
	expect_no_code(STR("\xef\xbc\xb7"
			   "DJBMJHT")); /* full-width W */
	expect_no_code(
		STR("--------------------------------------------------------------------W"));
}

static void
test_user_code_is_shown_in_groups_that_can_be_read(void **state)
{
	struct arena arena = {0};

	(void)state;
	assert_str(user_code_shown(&arena, STR("WDJBMJHT")), "WDJB-MJHT");
	assert_str(user_code_shown(&arena, STR("WDJBMJHT2")), "WDJ-BMJ-HT2");
	assert_str(user_code_shown(&arena, STR("WDJBMJHT23")), "WDJB-MJH-T23");
	assert_str(user_code_shown(&arena, STR("WDJBMJHT234")), "WDJB-MJHT-234");
	assert_str(user_code_shown(&arena, STR("WDJBMJHT2345")), "WDJB-MJHT-2345");
	arena_free(&arena);
}

static void
test_new_codes_read_as_themselves(void **state)
{
	struct arena arena = {0};

	(void)state;
	for (size_t n = USER_CODE_LENGTH_MIN; n <= USER_CODE_LENGTH_MAX; n++) {
		struct str code, again;

		assert_ok(user_code_new(&arena, n, &code));
		assert_int_equal(code.n, n);
		assert_ok(user_code_canonical(&arena, user_code_shown(&arena, code), &again));
		assert_true(str_eq(code, again));
	}
	arena_free(&arena);
}

/* How many codes of a length can be open, and how many there are. */
static void
test_a_guess_is_never_better_however_many_are_open(void **state)
{
	double kinds = 1, worst = 0;
	int64_t open = 0;

	(void)state;
	for (int i = 0; i < USER_CODE_LENGTH_MIN; i++)
		kinds *= USER_CODE_ALPHABET;
	for (size_t n = USER_CODE_LENGTH_MIN; n < USER_CODE_LENGTH_MAX; n++) {
		assert_int_equal(user_code_length(open), n);
		while (user_code_length(open) == n)
			open += 1 + open / 64;
		worst = (double)open / kinds > worst ? (double)open / kinds : worst;
		kinds *= USER_CODE_ALPHABET;
	}
	assert_true(worst < USER_CODES_OPEN_MAX / 852891037441.0);
	assert_int_equal(user_code_length(INT64_MAX), USER_CODE_LENGTH_MAX);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_user_code_is_read_in_any_case_with_or_without_dash),
		cmocka_unit_test(test_what_cannot_be_a_user_code_is_refused),
		cmocka_unit_test(test_user_code_is_shown_in_groups_that_can_be_read),
		cmocka_unit_test(test_new_codes_read_as_themselves),
		cmocka_unit_test(test_a_guess_is_never_better_however_many_are_open),
	};

	return RUN(tests);
}
