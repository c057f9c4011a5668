/* Usernames. */
#include "tests/support/check.h"

#include "lib/account/user.h"

static void
test_username_has_one_spelling(void **state)
{
	struct arena arena = {0};
	struct str name;

	(void)state;
	assert_ok(username_canonical(&arena, STR(" Mia.Smith@Example.org "), &name));
	assert_str(name, "mia.smith@example.org");
	arena_free(&arena);
}

static void
test_username_of_other_characters_is_refused(void **state)
{
	static const struct str wrong[] = {{"", 0}, {" ", 1}, {"a b", 3}, {"a\0b", 3}, {"a\nb", 3},
		{"m\xd1\x96\x61", 4}, {"a'--", 4}};
	struct arena arena = {0};
	struct str name;
	char big[USERNAME_MAX + 1];

	(void)state;
	for (size_t i = 0; i < countof(wrong); i++)
		assert_err(username_canonical(&arena, wrong[i], &name), ERR_MALFORMED);
	memset(big, 'a', sizeof big);
	assert_err(username_canonical(&arena, (struct str){big, sizeof big}, &name), ERR_MALFORMED);
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_username_has_one_spelling),
		cmocka_unit_test(test_username_of_other_characters_is_refused),
	};

	return RUN(tests);
}
