#include "lib/base/id.h"
#include "tests/support/check.h"

static const uint8_t ones[10] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255};
static const uint8_t zeros[10] = {0};

static void
test_layout_is_uuidv7(void **state)
{
	char text[ID_TEXT_SIZE + 1];

	(void)state;
	id_format(id_make(0x0123456789ab, ones), text);
	assert_string_equal(text, "01234567-89ab-7fff-bfff-ffffffffffff");
	id_format(id_make(0x0123456789ab, zeros), text);
	assert_string_equal(text, "01234567-89ab-7000-8000-000000000000");
}

static void
test_later_ids_sort_behind_in_bytes_and_text(void **state)
{
	struct arena a = {0};
	struct id earlier = id_make(1700000000255, ones), later = id_make(1700000000256, zeros);

	(void)state;
	assert_true(memcmp(earlier.bytes, later.bytes, ID_SIZE) < 0);
	assert_true(str_cmp(id_text(&a, earlier), id_text(&a, later)) < 0);
	arena_free(&a);
}

static void
test_ids_of_one_millisecond_can_be_put_in_order(void **state)
{
	const uint8_t carries[10] = {1, 2, 3, 4, 5, 6, 7, 8, 0xff, 0xff};
	struct id low = id_make(7, zeros), high = id_make(7, ones), last = id_make(7, carries);
	struct id next = id_behind(last, low);

	(void)state;
	assert_true(id_eq(id_behind(low, high), high));
	assert_true(id_eq(id_behind(high, id_make(8, zeros)), id_make(8, zeros)));
	assert_true(id_eq(id_behind(high, id_make(6, ones)), id_make(6, ones)));
	assert_true(memcmp(next.bytes, last.bytes, ID_SIZE) > 0);
	assert_memory_equal(next.bytes, last.bytes, 13);
	assert_true(memcmp(id_behind(next, next).bytes, next.bytes, ID_SIZE) > 0);
}

static void
test_text_round_trip(void **state)
{
	struct arena a = {0};
	struct id id, back;

	(void)state;
	for (size_t i = 0; i < 64; i++) {
		for (size_t j = 0; j < ID_SIZE; j++)
			id.bytes[j] = (uint8_t)(i * 41 + j * 17);
		assert_ok(id_parse(id_text(&a, id), &back));
		assert_true(id_eq(id, back));
	}
	arena_free(&a);
}

static void
test_only_the_canonical_spelling_is_read(void **state)
{
	static const char *const bad[] = {"", "01234567-89AB-7fff-bfff-ffffffffffff",
		"0123456789ab7fffbfffffffffffffff----", "01234567-89ab-7fff-bfff-fffffffffff",
		"01234567-89ab-7fff-bfff-fffffffffffff", "{1234567-89ab-7fff-bfff-fffffffffff}",
		"01234567-89ab-7fff-bfffffff-ffffffff", "0123456g-89ab-7fff-bfff-ffffffffffff",
		"01234567_89ab_7fff_bfff_ffffffffffff"};
	struct id id = {{0}};

	(void)state;
	assert_true(id_is_zero(id));
	for (size_t i = 0; i < countof(bad); i++)
		assert_err(id_parse(str_of(bad[i]), &id), ERR_MALFORMED);
	assert_true(id_is_zero(id));
	assert_ok(id_parse(STR("01234567-89ab-7fff-bfff-ffffffffffff"), &id));
	assert_true(id_eq(id, id_make(0x0123456789ab, ones)));
	assert_false(id_is_zero(id));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layout_is_uuidv7),
		cmocka_unit_test(test_later_ids_sort_behind_in_bytes_and_text),
		cmocka_unit_test(test_ids_of_one_millisecond_can_be_put_in_order),
		cmocka_unit_test(test_text_round_trip),
		cmocka_unit_test(test_only_the_canonical_spelling_is_read),
	};

	return RUN(tests);
}
