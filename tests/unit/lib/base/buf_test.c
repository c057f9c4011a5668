#include "lib/base/buf.h"
#include "tests/support/check.h"

static void
test_appending_keeps_order_and_a_nul_behind(void **state)
{
	struct arena a = {0};
	struct buf b;

	(void)state;
	buf_init(&b, &a, 100);
	assert_int_equal(b.p[0], '\0');
	buf_add(&b, STR("a"));
	buf_add(&b, STR_NONE);
	buf_add_c(&b, "bc");
	buf_add_c(&b, NULL);
	buf_add_char(&b, '-');
	buf_add_printf(&b, "%02d", 5);
	buf_add_printf(&b, "%s", "");
	assert_true(buf_ok(&b));
	assert_str(buf_str(&b), "abc-05");
	assert_int_equal(b.p[b.n], '\0');
	arena_free(&a);
}

static void
test_numbers_of_every_size(void **state)
{
	struct arena a = {0};
	struct buf b;

	(void)state;
	buf_init(&b, &a, 100);
	buf_add_i64(&b, INT64_MIN);
	buf_add_char(&b, ' ');
	buf_add_u64(&b, UINT64_MAX);
	buf_add_char(&b, ' ');
	buf_add_i64(&b, 0);
	assert_str(buf_str(&b), "-9223372036854775808 18446744073709551615 0");
	arena_free(&a);
}

static void
test_exactly_the_maximum_fits(void **state)
{
	struct arena a = {0};
	struct buf b;

	(void)state;
	buf_init(&b, &a, 4);
	buf_add_i64(&b, -123);
	assert_true(buf_ok(&b));
	buf_add(&b, STR_NONE);
	assert_true(buf_ok(&b));
	buf_add_char(&b, 'x');
	assert_false(buf_ok(&b));
	assert_str(buf_str(&b), "-123");
	arena_free(&a);
}

static void
test_what_does_not_fit_changes_nothing_and_failure_stays(void **state)
{
	struct arena a = {0};
	struct buf b;

	(void)state;
	buf_init(&b, &a, 3);
	buf_add_i64(&b, -123);
	assert_str(buf_str(&b), "");
	assert_false(buf_ok(&b));
	buf_add_char(&b, 'x');
	assert_str(buf_str(&b), "");
	assert_null(buf_reserve(&b, 0));
	buf_reset(&b);
	buf_add_printf(&b, "%d", 1234);
	assert_false(buf_ok(&b));
	assert_str(buf_str(&b), "");
	arena_free(&a);
}

static void
test_reset_empties_and_forgives(void **state)
{
	struct arena a = {0};
	struct buf b;

	(void)state;
	buf_init(&b, &a, 3);
	buf_add_c(&b, "abc");
	buf_add_c(&b, "d");
	buf_reset(&b);
	assert_true(buf_ok(&b));
	assert_string_equal(b.p, "");
	buf_add_c(&b, "xy");
	assert_string_equal(b.p, "xy");
	arena_free(&a);
}

static void
test_reserved_room_counts_once_it_grew(void **state)
{
	struct arena a = {0};
	struct buf b;
	char *room;

	(void)state;
	buf_init(&b, &a, 1000);
	buf_add_c(&b, "x");
	room = buf_reserve(&b, 999);
	assert_non_null(room);
	memset(room, 'y', 999);
	assert_int_equal(b.n, 1);
	buf_grew(&b, 999);
	assert_int_equal(b.n, 1000);
	assert_int_equal(strlen(b.p), 1000);
	assert_null(buf_reserve(&b, SIZE_MAX));
	arena_free(&a);
}

static void
test_growth_keeps_the_bytes_and_the_maximum(void **state)
{
	struct arena a = {0};
	struct buf b;

	(void)state;
	buf_init(&b, &a, 3000);
	for (int i = 0; i < 3000; i++)
		buf_add_char(&b, (char)('a' + i % 26));
	assert_true(buf_ok(&b));
	assert_in_range(b.capacity, 3000, 3000);
	for (int i = 0; i < 3000; i++)
		assert_int_equal(b.p[i], 'a' + i % 26);
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_appending_keeps_order_and_a_nul_behind),
		cmocka_unit_test(test_numbers_of_every_size),
		cmocka_unit_test(test_exactly_the_maximum_fits),
		cmocka_unit_test(test_what_does_not_fit_changes_nothing_and_failure_stays),
		cmocka_unit_test(test_reset_empties_and_forgives),
		cmocka_unit_test(test_reserved_room_counts_once_it_grew),
		cmocka_unit_test(test_growth_keeps_the_bytes_and_the_maximum),
	};

	return RUN(tests);
}
