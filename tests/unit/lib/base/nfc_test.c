/* Normalization: what the standard names, and what could go wrong.  The story compares every
 * character with another implementation. */
#include "tests/support/check.h"

#include "lib/base/nfc.h"

static const struct {
	const char *text, *form;
} samples[] = {
	{"", ""},
	{"plain", "plain"},
	{"Pa\xcc\x88sswort", "P\xc3\xa4sswort"},
	{"P\xc3\xa4sswort", "P\xc3\xa4sswort"},
	/* Marks in another order: dot below, then circumflex. */
	{"o\xcc\x82\xcc\xa3", "\xe1\xbb\x99"},
	{"o\xcc\xa3\xcc\x82", "\xe1\xbb\x99"},
	/* ANGSTROM SIGN is LETTER A WITH RING ABOVE. */
	{"\xe2\x84\xab", "\xc3\x85"},
	/* Hangul. */
	{"\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab", "\xed\x95\x9c"},
	/* Excluded from composition. */
	{"\xe0\xa5\x98", "\xe0\xa4\x95\xe0\xa4\xbc"},
	/* Compatibility characters stay. */
	{"\xef\xac\x81", "\xef\xac\x81"},
	/* A mark without a letter. */
	{"\xcc\x88", "\xcc\x88"},
	/* No UTF-8: left alone. */
	{"\xff\xc3\xa4", "\xff\xc3\xa4"},
	{"a\xcc", "a\xcc"},
};

static void
test_every_text_has_one_form(void **state)
{
	struct arena arena = {0};

	(void)state;
	for (size_t i = 0; i < countof(samples); i++) {
		assert_str(nfc(&arena, str_of(samples[i].text)), samples[i].form);
		assert_str(nfc(&arena, str_of(samples[i].form)), samples[i].form);
	}
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_text_has_one_form)};

	return RUN(tests);
}
