/* User codes: what people may type. */
#include "tests/support/check.h"

#include "lib/oauth/device.h"

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
}

static void
test_what_cannot_be_a_user_code_is_refused(void **state)
{
	(void)state;
	expect_no_code(STR(""));
	expect_no_code(STR("WDJB-MJH"));
	expect_no_code(STR("WDJB-MJHTT"));
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
test_user_code_is_shown_in_two_groups(void **state)
{
	struct arena arena = {0};

	(void)state;
	assert_str(user_code_shown(&arena, STR("WDJBMJHT")), "WDJB-MJHT");
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_user_code_is_read_in_any_case_with_or_without_dash),
		cmocka_unit_test(test_what_cannot_be_a_user_code_is_refused),
		cmocka_unit_test(test_user_code_is_shown_in_two_groups),
	};

	return RUN(tests);
}
