#include "tests/support/check.h"

#include "lib/base/color.h"

static struct color
color(const char *text)
{
	struct color c;

	assert_ok(color_parse(str_of(text), &c));
	return c;
}

static void
test_contrast_is_that_of_wcag(void **state)
{
	(void)state;
	assert_int_equal(color_contrast(color("#000000"), color("#ffffff")), 2100);
	assert_int_equal(color_contrast(color("#777777"), color("#FFFFFF")), 447);
	assert_int_equal(color_contrast(color("#767676"), color("#ffffff")), 454);
	assert_int_equal(color_contrast(color("#2858c8"), color("#2858c8")), 100);
}

static void
test_what_is_no_color_is_refused(void **state)
{
	static const char *const wrong[] = {"", "#fff", "2858c8", "#2858c", "#2858cg", "#2858c8 ",
		"red", "#2858c8;}", "#28 8c8"};
	struct color c;

	(void)state;
	for (size_t i = 0; i < countof(wrong); i++)
		assert_err(color_parse(str_of(wrong[i]), &c), ERR_MALFORMED);
}

static void
test_a_color_goes_part_of_the_way_to_another(void **state)
{
	struct arena a = {0};

	(void)state;
	assert_str(
		color_text(&a, color_towards(color("#000000"), color("#ffffff"), 50)), "#7f7f7f");
	assert_str(color_text(&a, color_towards(color("#102030"), color("#000000"), 0)), "#102030");
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_contrast_is_that_of_wcag),
		cmocka_unit_test(test_what_is_no_color_is_refused),
		cmocka_unit_test(test_a_color_goes_part_of_the_way_to_another),
	};

	return RUN(tests);
}
