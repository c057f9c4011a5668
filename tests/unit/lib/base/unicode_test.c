/* What shows, and what only seems to be there. */
#include "tests/support/check.h"

#include "lib/base/unicode.h"

static void
test_points_are_read(void **state)
{
	(void)state;
	assert_int_equal(unicode_point(STR("a")), 'a');
	assert_int_equal(unicode_point(STR("\xc3\xa9")), 0xe9);
	assert_int_equal(unicode_point(STR("\xe3\x85\xa4")), 0x3164);
	assert_int_equal(unicode_point(STR("\xf3\xa0\x84\x81")), 0xe0101);
}

static void
test_what_does_not_show_is_hidden(void **state)
{
	static const uint32_t points[] = {0, 0x1b, 0x7f, 0x9b, 0xad, 0x34f, 0x61c, 0x115f, 0x1160,
		0x17b4, 0x180e, 0x200b, 0x200d, 0x202e, 0x2028, 0x2060, 0x2069, 0x3164, 0xfe0f,
		0xfeff, 0xffa0, 0xfff9, 0x1d173, 0xe0001, 0xe0101};
	static const uint32_t shown[] = {
		' ', 'a', '~', 0xa0, 0xe9, 0x430, 0x5d0, 0x4e2d, 0xac00, 0x1f600, 0x2800};

	(void)state;
	for (size_t i = 0; i < countof(points); i++) {
		assert_true(unicode_is_hidden(points[i]));
		assert_false(unicode_is_word(points[i]));
	}
	for (size_t i = 0; i < countof(shown); i++)
		assert_false(unicode_is_hidden(shown[i]));
}

static void
test_letters_and_digits_are_words(void **state)
{
	static const uint32_t words[] = {'a', 'Z', '0', 0xe9, 0x3b1, 0x430, 0x5d0, 0x627, 0x905,
		0xe01, 0x3042, 0x30a2, 0x4e2d, 0xac00, 0x10400, 0x20000};
	static const uint32_t others[] = {' ', '-', '_', '@', 0xa0, 0xd7, 0x301, 0x2003, 0x2014,
		0x2026, 0x202f, 0x205f, 0x20ac, 0x2190, 0x2800, 0x3000, 0xe000, 0x1f600};

	(void)state;
	for (size_t i = 0; i < countof(words); i++)
		assert_true(unicode_is_word(words[i]));
	for (size_t i = 0; i < countof(others); i++)
		assert_false(unicode_is_word(others[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_points_are_read),
		cmocka_unit_test(test_what_does_not_show_is_hidden),
		cmocka_unit_test(test_letters_and_digits_are_words),
	};

	return RUN(tests);
}
