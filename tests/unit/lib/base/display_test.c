#include "lib/base/display.h"

#include "tests/support/check.h"

static struct arena arena;

static void
test_wide_characters_count_two_and_marks_none(void **state)
{
	(void)state;
	assert_int_equal(display_width(STR("abc")), 3);
	assert_int_equal(display_width(STR("K\xc3\xbc"
					   "che")),
		5);
	assert_int_equal(display_width(STR("\xe5\x8e\xa8\xe6\x88\xbf")), 4);
	assert_int_equal(display_width(STR("e\xcc\x81")), 1);
	assert_int_equal(display_width(STR("")), 0);
}

static void
test_text_is_cut_between_characters(void **state)
{
	struct str kitchen = STR("\xe5\x8e\xa8\xe6\x88\xbf");

	(void)state;
	assert_str(display_clip(&arena, kitchen, 4, true), "\xe5\x8e\xa8\xe6\x88\xbf");
	assert_str(display_clip(&arena, kitchen, 3, true), "\xe5\x8e\xa8\xe2\x80\xa6");
	assert_str(display_clip(&arena, kitchen, 2, true), "\xe2\x80\xa6");
	assert_str(display_clip(&arena, kitchen, 0, true), "");
	assert_str(display_clip(&arena, STR("abcdef"), 4, false), "abc~");
	assert_str(display_clip(&arena, STR("abcd"), 4, false), "abcd");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_wide_characters_count_two_and_marks_none),
		cmocka_unit_test(test_text_is_cut_between_characters),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	arena_free(&arena);
	return failed;
}
