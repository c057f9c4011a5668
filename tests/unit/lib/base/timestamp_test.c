/* Instants as other programs write them. */
#include "tests/support/check.h"

#include "lib/base/timestamp.h"

static void
test_every_form_of_an_instant_is_read(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} cases[] = {
		{"1970-01-01 00:00:00", 0},
		{"1969-12-31 23:59:59.5Z", -500},
		{"2024-05-01 12:34:56.789+02:00", 1714559696789},
		{"2024-05-01 10:34:56.789123+00", 1714559696789},
		{"2024-05-01T10:34:56.789Z", 1714559696789},
		{"2024-05-01 12:34:56.789123456 +0200 CEST", 1714559696789},
		{"2024-05-01 12:34:56.789123456 +0200 CEST m=+12.345678901", 1714559696789},
		{"2024-05-01 10:34:56.789 +0000 UTC", 1714559696789},
		{"2024-05-01 05:04:56.789-05:30", 1714559696789},
		{"2024-02-29 23:59:60", 1709251200000},
		{"2000-02-29 00:00:00+00", 951782400000},
		{"0001-01-01 00:00:00+00:00", -62135596800000},
		{"9999-12-31 23:59:59.999999999Z", 253402300799999},
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		int64_t ms = 1;

		if (timestamp_parse(str_of(cases[i].text), &ms) || ms != cases[i].ms)
			fail_msg("%s: %lld", cases[i].text, (long long)ms);
	}
}

static void
test_what_is_no_instant_is_refused(void **state)
{
	static const char *const cases[] = {
		"",
		"now",
		"1714559696",
		"2024-05-01",
		"2024-05-01 12:34",
		"2024-5-1 12:34:56",
		"2023-02-29 00:00:00",
		"2024-04-31 00:00:00",
		"2024-13-01 00:00:00",
		"0000-01-01 00:00:00",
		"2024-05-01 24:00:00",
		"2024-05-01 12:34:56.",
		"2024-05-01 12:34:56+",
		"2024-05-01 12:34:56+2:00",
		"2024-05-01 12:34:56Zulu",
		"2024-05-01  12:34:56",
		"2024-05-01 12:34:56 \n",
		"2024-05-01 12:34:56 "
		"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx",
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		int64_t ms = 7;

		if (!timestamp_parse(str_of(cases[i]), &ms))
			fail_msg("\"%s\" was read", cases[i]);
		assert_int_equal(ms, 7);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_form_of_an_instant_is_read),
		cmocka_unit_test(test_what_is_no_instant_is_refused),
	};

	return RUN(tests);
}
