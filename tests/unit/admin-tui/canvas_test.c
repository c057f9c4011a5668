#include "admin-tui/canvas.h"

#include "tests/support/check.h"

static struct arena arena;

static void
begin(struct tui_canvas *c, int columns, bool utf8)
{
	c->utf8 = utf8;
	tui_canvas_begin(c, 3, columns);
}

static void
test_text_stays_in_its_columns(void **state)
{
	struct tui_canvas c = {0};

	(void)state;
	begin(&c, 20, true);
	assert_int_equal(tui_put(&c, 1, 2, 6, ROLE_TEXT, STR("abcdefghij")), 6);
	assert_str(tui_canvas_row(&c, &arena, 1), "  abcde…");
	assert_int_equal(tui_put(&c, 1, 17, 9, ROLE_TEXT, STR("xyz12")), 3);
	assert_str(tui_canvas_row(&c, &arena, 1), "  abcde…         xy…");
	assert_int_equal(tui_put(&c, 7, 0, 9, ROLE_TEXT, STR("no such row")), 0);
	assert_int_equal(tui_put(&c, 0, 30, 9, ROLE_TEXT, STR("no such column")), 0);
	begin(&c, 20, false);
	(void)tui_put(&c, 0, 0, 6, ROLE_TEXT, STR("abcdefghij"));
	assert_str(tui_canvas_row(&c, &arena, 0), "abcde~");
	tui_canvas_free(&c);
}

static void
test_what_could_move_or_turn_a_line_is_shown_as_its_number(void **state)
{
	static const struct {
		const char *text, *utf8, *ascii;
	} cases[] = {
		{"a\033[2Jb", "a‹U+001B›[2Jb", "a<U+001B>[2Jb"},
		{"a\u202eb", "a‹U+202E›b", "a<U+202E>b"},
		{"a\u200db", "a‹U+200D›b", "a<U+200D>b"},
		{"a\xc2\x85"
		 "b",
			"a‹U+0085›b", "a<U+0085>b"},
		{"a\xff"
		 "b",
			"a\xef\xbf\xbd"
			"b",
			"a?b"},
		{"é漢", "é漢", "??"},
		{"e\u0301x", "e\u0301x", "e?x"},
		{"a\nb\tc", "a‹U+000A›b‹U+0009›c", "a<U+000A>b<U+0009>c"},
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct tui_canvas c = {0};

		begin(&c, 40, true);
		(void)tui_put(&c, 0, 0, 40, ROLE_TEXT, str_of(cases[i].text));
		assert_str(tui_canvas_row(&c, &arena, 0), cases[i].utf8);
		begin(&c, 40, false);
		(void)tui_put(&c, 0, 0, 40, ROLE_TEXT, str_of(cases[i].text));
		assert_str(tui_canvas_row(&c, &arena, 0), cases[i].ascii);
		tui_canvas_free(&c);
	}
}

static void
test_wide_characters_are_never_cut_in_half(void **state)
{
	struct tui_canvas c = {0};

	(void)state;
	begin(&c, 10, true);
	assert_int_equal(tui_put(&c, 0, 0, 5, ROLE_TEXT, STR("漢字漢字")), 5);
	assert_str(tui_canvas_row(&c, &arena, 0), "漢字…");
	(void)tui_put(&c, 1, 0, 10, ROLE_TEXT, STR("漢字"));
	(void)tui_put(&c, 1, 1, 1, ROLE_TEXT, STR("x"));
	assert_str(tui_canvas_row(&c, &arena, 1), " x字");
	/* A mark alone would stick to a neighbour. */
	(void)tui_put(&c, 2, 0, 5, ROLE_TEXT, STR("a"));
	(void)tui_put(&c, 2, 1, 5, ROLE_TEXT, STR("\u0301\u0301b"));
	assert_str(tui_canvas_row(&c, &arena, 2), "ab");
	tui_canvas_free(&c);
}

static void
test_ids_give_way_in_their_middle(void **state)
{
	struct tui_canvas c = {0};

	(void)state;
	begin(&c, 40, true);
	assert_str(tui_elide(&c, STR("0190b5c0-8c1e-7d3a-9f00-2b1d6a1c7e55"), 13), "0190b5…1c7e55");
	assert_str(tui_elide(&c, STR("short"), 13), "short");
	tui_canvas_free(&c);
}

static void
test_a_click_finds_what_is_topmost(void **state)
{
	struct tui_canvas c = {0};

	(void)state;
	begin(&c, 40, true);
	tui_spot(&c, (struct tui_box){0, 0, 2, 10}, 'a', 1);
	tui_spot(&c, (struct tui_box){1, 5, 1, 10}, 'b', 2);
	assert_int_equal(tui_spot_at(&c, 1, 4)->key, 'a');
	assert_int_equal(tui_spot_at(&c, 1, 5)->key, 'b');
	assert_null(tui_spot_at(&c, 2, 5));
	tui_canvas_free(&c);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_stays_in_its_columns),
		cmocka_unit_test(test_what_could_move_or_turn_a_line_is_shown_as_its_number),
		cmocka_unit_test(test_wide_characters_are_never_cut_in_half),
		cmocka_unit_test(test_ids_give_way_in_their_middle),
		cmocka_unit_test(test_a_click_finds_what_is_topmost),
	};
	int failed = RUN(tests);

	arena_free(&arena);
	return failed;
}
