/* arena, buf, str, diag, secret, clock, err: what everything stands on. */
#include "lib/base/buf.h"
#include "lib/base/clock.h"
#include "lib/base/diag.h"
#include "lib/base/secret.h"
#include "tests/support/check.h"

static void
test_buffer_stops_at_its_maximum(void **state)
{
	struct arena a = {0};
	struct buf b;

	(void)state;
	buf_init(&b, &a, 4);
	buf_add_i64(&b, -123);
	assert_true(buf_ok(&b));
	buf_add_char(&b, 'x');
	assert_false(buf_ok(&b));
	assert_str(buf_str(&b), "-123");
	arena_free(&a);
}

static void
test_views_are_cut_and_judged(void **state)
{
	struct str list = STR("  a bb "), kv = STR("k=v=w");
	int64_t value;

	(void)state;
	assert_str(str_word(&list), "a");
	assert_str(str_word(&list), "bb");
	assert_str(str_cut(&kv, '='), "k");
	assert_str(kv, "v=w");
	assert_false(str_is_utf8(STR("\xc0\xaf")));
	assert_false(str_is_utf8(STR("a\0b")));
	assert_err(str_to_i64(STR("9223372036854775808"), &value), ERR_MALFORMED);
}

static void
test_small_things(void **state)
{
	struct secret s = {0};
	struct diag d;
	char text[21];

	(void)state;
	secret_set(&s, "key", 3);
	assert_true(equal_in_constant_time(s.p, "key", 3));
	secret_free(&s);
	assert_null(s.p);
	assert_err(diag_at(&d, ERR_CONFIG, "f", 3, "x"), ERR_CONFIG);
	assert_string_equal(d.text, "f:3: x");
	clock_format_utc(0, text);
	assert_string_equal(text, "1970-01-01T00:00:00Z");
	assert_int_equal(err_status(OK), 200);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_buffer_stops_at_its_maximum),
		cmocka_unit_test(test_views_are_cut_and_judged),
		cmocka_unit_test(test_small_things),
	};

	return RUN(tests);
}
