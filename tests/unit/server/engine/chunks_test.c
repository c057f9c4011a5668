#include "tests/support/check.h"

#include "server/engine/chunks.h"

enum { ROOM = 4096 };

/* What a body carries, or why nothing. */
static ptrdiff_t
decode(const char *body, char carried[static ROOM])
{
	struct chunks chunks = {0};
	size_t size = strlen(body);
	ptrdiff_t rest;

	memcpy(carried, body, size);
	rest = chunks_decode(&chunks, carried, &size);
	if (rest >= 0)
		assert_memory_equal(carried + size, body + strlen(body) - rest, (size_t)rest);
	carried[size] = '\0';
	return rest;
}

static void
test_a_body_loses_its_framing(void **state)
{
	static const struct {
		const char *body, *carries;
		ptrdiff_t rest;
	} bodies[] = {
		{"0\r\n\r\n", "", 0},
		{"5\r\nhello\r\n0\r\n\r\n", "hello", 0},
		{"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\nGET /", "hello", 5},
		{"a\r\n0123456789\r\nA\r\n0123456789\r\n000\r\n\r\n", "01234567890123456789", 0},
		{"0000000000000001\r\n\n\r\n0\r\n\r\n", "\n", 0},
		{"4\r\n\r\n\r\n\r\n0\r\n\r\n\r\n", "\r\n\r\n", 2},
		{"1;a=b\r\nx\r\n0;c;d=\"e\"\r\n\r\n", "x", 0},
		{"1\r\nx\r\n0\r\nX: y\r\nZ:\tz\r\n\r\nGET", "x", 3},
	};
	char carried[ROOM];

	(void)state;
	for (size_t i = 0; i < countof(bodies); i++) {
		assert_int_equal(decode(bodies[i].body, carried), bodies[i].rest);
		assert_string_equal(carried, bodies[i].carries);
	}
}

/* J1 */
static void
test_what_has_two_readings_is_broken(void **state)
{
	static const char *const bodies[] = {
		"\r\n",
		";\r\n",
		"g\r\n",
		"-1\r\n",
		"+1\r\n",
		" 1\r\n",
		"0x1\r\n",
		"1 \r\n",
		"1 ;a\r\n",
		"00000000000000001\r\n",
		"1\n",
		"1\r\r",
		"1\rx",
		"1;a\n",
		"1;a\r\r",
		"1;a\rb",
		"1;a\x01",
		"1;a\x7f",
		"1\r\nxy",
		"1\r\nx\n",
		"1\r\nx\r0",
		"0\r\n\n",
		"0\r\n\r\r",
		"0\r\nX: y\n",
		"0\r\nX: y\rZ",
		"0\r\n\x01",
	};
	char carried[ROOM];

	(void)state;
	for (size_t i = 0; i < countof(bodies); i++)
		assert_int_equal(decode(bodies[i], carried), CHUNKS_BROKEN);
}

/* J1: over all of them, so that many short ones are no way around it. */
static void
test_extensions_and_trailers_are_short(void **state)
{
	struct chunks chunks = {0};
	char text[] = "1;abcdefgh\r\nx\r\n";
	ptrdiff_t result = CHUNKS_MORE;
	size_t rounds = 0;

	(void)state;
	while (result == CHUNKS_MORE && rounds < 10000) {
		char bytes[sizeof text];
		size_t size = sizeof text - 1;

		memcpy(bytes, text, sizeof text);
		result = chunks_decode(&chunks, bytes, &size);
		rounds++;
	}
	assert_int_equal(result, CHUNKS_BROKEN);
	assert_int_equal(rounds, CHUNKS_SKIPPED_MAX / 8 + 1);
}

static void
test_a_body_cut_short_asks_for_more(void **state)
{
	const char body[] = "1;a=b\r\nx\r\n0\r\nX: y\r\n\r\n";
	char carried[ROOM];

	(void)state;
	for (size_t n = 0; n < sizeof body - 1; n++) {
		char part[sizeof body];

		(void)snprintf(part, sizeof part, "%.*s", (int)n, body);
		assert_int_equal(decode(part, carried), CHUNKS_MORE);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_body_loses_its_framing),
		cmocka_unit_test(test_what_has_two_readings_is_broken),
		cmocka_unit_test(test_extensions_and_trailers_are_short),
		cmocka_unit_test(test_a_body_cut_short_asks_for_more),
	};

	return RUN(tests);
}
