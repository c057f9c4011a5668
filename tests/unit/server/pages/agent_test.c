/* User-Agent headers in a few words. */
#include "tests/support/check.h"

#include "server/pages/agent.h"

static void
assert_words(struct str agent, const char *words)
{
	struct arena a = {0};

	assert_str(agent_words(&a, agent), words);
	arena_free(&a);
}

static void
test_browsers_are_named_by_what_they_are_not_by_what_they_claim(void **state)
{
	(void)state;
	assert_words(STR("Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"),
		"Firefox on Linux");
	assert_words(
		STR("Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like "
		    "Gecko) Chrome/120.0 Safari/537.36 Edg/120.0"),
		"Edge on Windows");
	assert_words(STR("Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/120.0 Mobile "
			 "Safari/537.36"),
		"Chrome on Android");
	assert_words(STR("Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Version/17.5 "
			 "Mobile Safari/604.1"),
		"Safari on iPhone");
	assert_words(STR("curl/7.88.1"), "curl");
}

static void
test_what_is_not_known_is_shown_as_it_began(void **state)
{
	static char big[4096];

	(void)state;
	assert_words(STR_NONE, "");
	assert_words(STR("TVOS/1.2"), "TVOS/1.2");
	memset(big, 'x', sizeof big - 1);
	memcpy(big + 79, "\xc3\xa9", 2);
	big[79 + 2] = 'y';
	struct arena a = {0};
	struct str words = agent_words(&a, (struct str){big, sizeof big - 1});

	assert_int_equal(words.n, 79);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_browsers_are_named_by_what_they_are_not_by_what_they_claim),
		cmocka_unit_test(test_what_is_not_known_is_shown_as_it_began),
	};

	return RUN(tests);
}
