#include "admin-tui/settings.h"

#include "tests/support/check.h"

static void
test_keys_colours_and_views_are_read(void **state)
{
	static const char text[] = "# mine\n"
				   "refresh: 10s\r\n"
				   "keys:\n"
				   "  page-down: \"f PgDn\"   # as less has it\n"
				   "  quit: ^Q\n"
				   "colors:\n"
				   "  selected: 'black on cyan'\n"
				   "  bad: 196\n"
				   "views:\n"
				   "  mine: \"tokens user:mia active:true\"\n";
	struct tui_settings s = {.refresh_ms = 0};
	struct diag diag = {""};

	(void)state;
	assert_ok(tui_settings_read(&s, "admin.yaml", str_of(text), &diag));
	assert_int_equal(s.refresh_ms, 10000);
	assert_int_equal(tui_action_of(&s.keymap, 'f'), ACTION_PAGE_DOWN);
	assert_int_equal(tui_action_of(&s.keymap, TUI_CTRL('Q')), ACTION_QUIT);
	assert_int_equal(tui_action_of(&s.keymap, 'Q'), ACTION_NONE);
	assert_int_equal(s.looks[ROLE_SELECTED].foreground, 0);
	assert_int_equal(s.looks[ROLE_SELECTED].background, 6);
	assert_int_equal(s.looks[ROLE_BAD].foreground, 196);
	assert_int_equal(s.looks[ROLE_BAD].background, -1);
	assert_false(s.looks[ROLE_GOOD].is_set);
	assert_string_equal(s.views[0].command, "tokens user:mia active:true");
	tui_settings_free(&s);
}

static void
test_what_is_wrong_is_named_with_its_line(void **state)
{
	static const struct {
		const char *text, *problem;
	} cases[] = {
		{"keys:\n  fly: f", "admin.yaml:2: there is no action fly"},
		{"keys:\n  quit: Hyper", "admin.yaml:2: there is no key Hyper"},
		{"colors:\n  selected: pink", "admin.yaml:2: a colour is a name, a number to 255, "
					      "or two with \"on\": pink"},
		{"colors:\n  sky: blue", "admin.yaml:2: there is no colour for sky"},
		{"refresh: 1ms", "admin.yaml:1: refresh is a duration from 1s to 1h, not 1ms"},
		{"speed: 1", "admin.yaml:1: there is no setting speed"},
		{"sounds:\n", "admin.yaml:1: there is no section sounds"},
		{"  quit: q", "admin.yaml:1: this stands in no section: quit"},
		{"nonsense", "admin.yaml:1: a setting is \"name: value\", not nonsense"},
		{"a: \xff", "admin.yaml is not text in UTF-8"},
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct tui_settings s = {.refresh_ms = 0};
		struct diag diag = {""};

		assert_err(tui_settings_read(&s, "admin.yaml", str_of(cases[i].text), &diag),
			ERR_CONFIG);
		assert_string_equal(diag.text, cases[i].problem);
		tui_settings_free(&s);
	}
}

/* A key that means two things means only the first. */
static void
test_no_key_stands_in_the_table_twice(void **state)
{
	(void)state;
	for (enum tui_action a = ACTION_NONE + 1; a < ACTION_COUNT; a++)
		STR_EACH (name, str_of(tui_actions[a].keys)) {
			assert_int_not_equal(tui_key_named(name), 0);
			assert_int_equal(tui_action_of(NULL, tui_key_named(name)), a);
		}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_keys_colours_and_views_are_read),
		cmocka_unit_test(test_what_is_wrong_is_named_with_its_line),
		cmocka_unit_test(test_no_key_stands_in_the_table_twice),
	};

	return RUN(tests);
}
