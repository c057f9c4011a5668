#include "lib/base/base64.h"
#include "tests/support/check.h"

static void
test_every_length_survives_the_round_trip(void **state)
{
	struct arena a = {0};
	unsigned char bytes[70];
	struct str back;

	(void)state;
	for (size_t i = 0; i < sizeof bytes; i++)
		bytes[i] = (unsigned char)(i * 37 + 250);
	for (size_t n = 0; n <= sizeof bytes; n++) {
		assert_ok(base64url_decode(&a, base64url(&a, bytes, n), &back));
		assert_int_equal(back.n, n);
		assert_memory_equal(back.p, bytes, n);
	}
	arena_free(&a);
}

static void
test_decoding_is_strict(void **state)
{
	static const char *const bad[] = {"A", "Zg==", "Zh", "Zm9", "Zg ", "Z+8A", "Z/8A"};
	struct arena a = {0};
	struct str out;

	(void)state;
	for (size_t i = 0; i < countof(bad); i++)
		assert_err(base64url_decode(&a, str_of(bad[i]), &out), ERR_MALFORMED);
	assert_err(base64_decode(&a, STR("Zg="), &out), ERR_MALFORMED);
	assert_err(base64_decode(&a, STR("Zg=a"), &out), ERR_MALFORMED);
	assert_ok(base64_decode(&a, STR("Zm8="), &out));
	assert_str(out, "fo");
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_length_survives_the_round_trip),
		cmocka_unit_test(test_decoding_is_strict),
	};

	return RUN(tests);
}
