#include "lib/base/str.h"
#include "tests/support/check.h"

static void
test_comparing_counts_length_and_nul(void **state)
{
	(void)state;
	assert_true(str_eq(STR("a\0b"), STR("a\0b")));
	assert_false(str_eq(STR("a\0b"), STR("a\0c")));
	assert_false(str_is(STR("a\0b"), "a"));
	assert_true(str_eq(STR_NONE, STR("")));
	assert_true(str_empty(str_of(NULL)));
	assert_true(str_cmp(STR("a"), STR("b")) < 0);
	assert_true(str_cmp(STR("a"), STR("aa")) < 0);
	assert_true(str_cmp(STR("\xff"), STR("a")) > 0);
	assert_int_equal(str_cmp(STR_NONE, STR("")), 0);
}

static void
test_case_is_ignored_in_ascii_only(void **state)
{
	(void)state;
	assert_true(str_is_nocase(STR("Content-LENGTH"), "content-length"));
	assert_true(str_is_nocase(STR_NONE, ""));
	assert_false(str_is_nocase(STR("hosts"), "host"));
	assert_false(str_is_nocase(STR("ho\0t"), "host"));
	assert_false(str_is_nocase(STR("[ost"), "{ost"));
	assert_false(str_is_nocase(STR("\xc3\x84"), "\xc3\xa4"));
}

static void
test_prefix_suffix_and_characters(void **state)
{
	(void)state;
	assert_true(str_starts(STR("abc"), STR("ab")));
	assert_true(str_starts(STR_NONE, STR("")));
	assert_false(str_starts(STR("a"), STR("ab")));
	assert_true(str_ends(STR("abc"), STR("bc")));
	assert_false(str_ends(STR("c"), STR("bc")));
	assert_true(str_has_char(STR("a\0b"), 'b'));
	assert_false(str_has_char(STR_NONE, '\0'));
}

static void
test_cut_splits_at_the_first_separator(void **state)
{
	struct str s = STR("k=v=w");

	(void)state;
	assert_str(str_cut(&s, '='), "k");
	assert_str(str_cut(&s, '='), "v");
	assert_str(str_cut(&s, '='), "w");
	assert_true(str_empty(s));
	assert_true(str_empty(str_cut(&s, '=')));
}

static void
test_words_skip_runs_of_spaces(void **state)
{
	struct str list = STR("  a bb  \tc ");
	size_t count = 0;

	(void)state;
	assert_str(str_word(&list), "a");
	assert_str(str_word(&list), "bb");
	assert_str(str_word(&list), "\tc");
	assert_true(str_empty(str_word(&list)));
	STR_EACH (word, STR("x y z"))
		count += word.n;
	assert_int_equal(count, 3);
}

static void
test_parts_stay_inside_the_whole(void **state)
{
	(void)state;
	assert_str(str_trim(STR(" \t a b\t ")), "a b");
	assert_str(str_trim(STR(" \t ")), "");
	assert_str(str_from(STR("abc"), 1), "bc");
	assert_str(str_from(STR("abc"), 4), "");
	assert_str(str_first(STR("abc"), 2), "ab");
	assert_str(str_first(STR("abc"), 9), "abc");
	assert_null(str_from(STR_NONE, 3).p);
}

static void
test_numbers_are_read_whole_or_not_at_all(void **state)
{
	static const char *const bad[] = {"", "-", "+1", " 1", "1 ", "1x", "0x1", "--1",
		"9223372036854775808", "-9223372036854775809", "99999999999999999999"};
	int64_t value = 42;

	(void)state;
	for (size_t i = 0; i < countof(bad); i++)
		assert_err(str_to_i64(str_of(bad[i]), &value), ERR_MALFORMED);
	assert_err(str_to_i64(STR("1\0"), &value), ERR_MALFORMED);
	assert_int_equal(value, 42);
	assert_ok(str_to_i64(STR("-0"), &value));
	assert_int_equal(value, 0);
	assert_ok(str_to_i64(STR("9223372036854775807"), &value));
	assert_true(value == INT64_MAX);
	assert_ok(str_to_i64(STR("-9223372036854775808"), &value));
	assert_true(value == INT64_MIN);
}

static void
test_copies_are_owned_by_the_arena(void **state)
{
	struct arena a = {0};
	char text[] = "abc";
	struct str copy = str_copy(&a, str_of(text));

	(void)state;
	text[0] = 'x';
	assert_str(copy, "abc");
	assert_int_equal(copy.p[3], '\0');
	assert_string_equal(str_c(&a, STR_NONE), "");
	assert_str(str_printf(&a, "%s %d", "n", 5), "n 5");
	arena_free(&a);
}

static void
test_printable_is_ascii_without_controls(void **state)
{
	(void)state;
	assert_true(str_is_printable(STR(" ~")));
	assert_true(str_is_printable(STR_NONE));
	assert_false(str_is_printable(STR("\x1f")));
	assert_false(str_is_printable(STR("\x7f")));
	assert_false(str_is_printable(STR("\xc3\xa9")));
	assert_false(str_is_printable(STR("a\0")));
}

static void
test_plain_prefix_ends_at_what_formats_escape(void **state)
{
	(void)state;
	for (int c = 0; c < 256; c++) {
		char text[] = {'a', ' ', (char)c, 'z'};
		bool plain = c >= 0x20 && c < 0x7f && !strchr("\"\\<>&", c);

		assert_int_equal(str_plain_prefix((struct str){text, 4}), plain ? 4 : 2);
	}
	assert_int_equal(str_plain_prefix(STR_NONE), 0);
}

static void
test_utf8_is_well_formed_and_shortest(void **state)
{
	static const char *const good[] = {"", "a", "\x7f", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80",
		"\xed\x9f\xbf", "\xee\x80\x80", "\xef\xbf\xbf", "\xf0\x90\x80\x80",
		"\xf4\x8f\xbf\xbf"};
	static const char *const bad[] = {"\x80", "\xbf", "\xc0\xaf", "\xc1\xbf", "\xc2", "\xc2z",
		"\xe0\x9f\xbf", "\xe2\x82", "\xed\xa0\x80", "\xed\xbf\xbf", "\xf0\x8f\xbf\xbf",
		"\xf0\x9f\x98", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff"};

	(void)state;
	for (size_t i = 0; i < countof(good); i++)
		assert_true(str_is_utf8(str_of(good[i])));
	for (size_t i = 0; i < countof(bad); i++)
		assert_false(str_is_utf8(str_of(bad[i])));
	assert_false(str_is_utf8(STR("a\0b")));
	assert_int_equal(str_utf8_sequence(STR("\xe2\x82\xacx")), 3);
	assert_int_equal(str_utf8_sequence(STR_NONE), 0);
}

static void
test_what_is_no_utf8_becomes_question_marks(void **state)
{
	struct arena a = {0};
	struct str good = STR("caf\xc3\xa9");

	(void)state;
	assert_ptr_equal(str_to_utf8(&a, good).p, good.p);
	assert_str(str_to_utf8(&a, STR("\xffx\xc3\xa9\xc3")), "?x\xc3\xa9?");
	assert_str(str_to_utf8(&a, STR("a\0b")), "a?b");
	assert_int_equal(str_to_utf8(&a, STR_NONE).n, 0);
	arena_free(&a);
}

static void
test_one_byte_that_does_not_print_is_found_wherever_it_is(void **state)
{
	char text[20];

	(void)state;
	for (int c = 0; c < 256; c++) {
		for (size_t at = 0; at < sizeof text; at++) {
			memset(text, at % 2 ? ' ' : '~', sizeof text);
			text[at] = (char)c;
			assert_int_equal(str_is_printable((struct str){text, sizeof text}),
				c >= 0x20 && c <= 0x7e);
		}
	}
	assert_true(str_is_printable(STR_NONE));
}

/* I12: what a stranger's program calls itself. */
static void
test_text_of_strangers_is_mended(void **state)
{
	struct arena a = {0};
	struct str good = STR("Mozilla/5.0 (X11)");

	(void)state;
	assert_ptr_equal(str_mended(&a, good, 17).p, good.p);
	assert_str(str_mended(&a, good, 7), "Mozilla");
	assert_str(str_mended(&a, STR("M\xfcller"), 99), "M\xef\xbf\xbdller");
	assert_str(str_mended(&a, STR("caf\xc3\xa9"), 99), "caf\xc3\xa9");
	assert_str(str_mended(&a, STR("a\0b\x1b\x7f"), 99), "a\xef\xbf\xbd"
							    "b\xef\xbf\xbd\xef\xbf\xbd");
	assert_str(str_mended(&a, STR("\xc2\x9b\xc2\xa0"), 99), "\xef\xbf\xbd\xc2\xa0");
	/* No half character at the end. */
	assert_str(str_mended(&a, STR("caf\xc3\xa9"), 4), "caf");
	assert_str(str_mended(&a, STR("ab\xff"), 4), "ab");
	assert_str(str_mended(&a, STR("caf\xc3"), 99), "caf\xef\xbf\xbd");
	assert_int_equal(str_mended(&a, STR_NONE, 9).n, 0);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_comparing_counts_length_and_nul),
		cmocka_unit_test(test_case_is_ignored_in_ascii_only),
		cmocka_unit_test(test_prefix_suffix_and_characters),
		cmocka_unit_test(test_cut_splits_at_the_first_separator),
		cmocka_unit_test(test_words_skip_runs_of_spaces),
		cmocka_unit_test(test_parts_stay_inside_the_whole),
		cmocka_unit_test(test_numbers_are_read_whole_or_not_at_all),
		cmocka_unit_test(test_copies_are_owned_by_the_arena),
		cmocka_unit_test(test_printable_is_ascii_without_controls),
		cmocka_unit_test(test_plain_prefix_ends_at_what_formats_escape),
		cmocka_unit_test(test_utf8_is_well_formed_and_shortest),
		cmocka_unit_test(test_what_is_no_utf8_becomes_question_marks),
		cmocka_unit_test(test_one_byte_that_does_not_print_is_found_wherever_it_is),
		cmocka_unit_test(test_text_of_strangers_is_mended),
	};

	return RUN(tests);
}
