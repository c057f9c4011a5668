#include "clients/terminal.h"

#include "tests/support/check.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static struct str
clean(struct str text, bool utf8)
{
	static struct arena arena;

	arena_reset(&arena);
	return client_terminal_clean(&arena, text, utf8);
}

static void
test_ordinary_text_passes(void **state)
{
	(void)state;
	assert_str(clean(STR("Zoë, 東京 ok"), true), "Zoë, 東京 ok");
	assert_str(clean(STR(""), true), "");
}

static void
test_nothing_that_steers_a_terminal_passes(void **state)
{
	(void)state;
	assert_str(clean(STR("a\033[2Jb\a\r\n\tc\x7f"), true), "a?[2Jb????c?");
	assert_str(clean(STR("a\xc2\x9b"
			     "2Jb"),
			   true),
		"a?2Jb");
	assert_str(clean(STR("a\0b"), true), "a?b");
}

static void
test_marks_that_reorder_or_hide_text_are_replaced(void **state)
{
	(void)state;
	assert_str(clean(STR("a\u202eb\u2066c\u200bd\ufeffe"), true), "a?b?c?d?e");
}

static void
test_ill_formed_bytes_are_replaced_one_by_one(void **state)
{
	(void)state;
	assert_str(clean(STR("a\xff\xc3.b\xe2\x82"), true), "a??.b??");
	assert_str(clean(STR("\xed\xa0\x80"), true), "???");
}

static void
test_without_utf8_only_ascii_passes(void **state)
{
	(void)state;
	assert_str(clean(STR("Zoë"), false), "Zo?");
}

static struct terminal
look(const char *term, const char *no_color, const char *force, const char *lang)
{
	struct terminal terminal;
	int fd = open("/dev/null", O_WRONLY);

	(void)setenv("TERM", term, 1);
	(void)setenv("NO_COLOR", no_color, 1);
	(void)setenv("CLICOLOR_FORCE", force, 1);
	(void)setenv("LANG", lang, 1);
	(void)unsetenv("LC_ALL");
	(void)unsetenv("LC_CTYPE");
	client_terminal_look(fd, &terminal);
	(void)close(fd);
	return terminal;
}

static void
test_file_gets_no_colour_unless_forced(void **state)
{
	(void)state;
	assert_false(look("xterm", "", "", "C").color);
	assert_true(look("xterm", "", "1", "C").color);
	assert_false(look("xterm", "", "0", "C").color);
	assert_false(look("xterm", "1", "1", "C").color);
	assert_false(look("xterm", "", "1", "C").moves);
}

static void
test_locale_tells_the_encoding_without_being_installed(void **state)
{
	(void)state;
	assert_true(look("xterm", "", "", "xx_YY.UTF-8").utf8);
	assert_true(look("xterm", "", "", "de_DE.utf8@euro").utf8);
	assert_false(look("xterm", "", "", "de_DE.ISO-8859-1").utf8);
	assert_false(look("xterm", "", "", "C").utf8);
	assert_false(look("xterm", "", "", "UTF-8").utf8);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ordinary_text_passes),
		cmocka_unit_test(test_nothing_that_steers_a_terminal_passes),
		cmocka_unit_test(test_marks_that_reorder_or_hide_text_are_replaced),
		cmocka_unit_test(test_ill_formed_bytes_are_replaced_one_by_one),
		cmocka_unit_test(test_without_utf8_only_ascii_passes),
		cmocka_unit_test(test_file_gets_no_colour_unless_forced),
		cmocka_unit_test(test_locale_tells_the_encoding_without_being_installed),
	};

	return RUN(tests);
}
