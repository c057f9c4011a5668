#include "lib/base/id.h"
#include "tests/support/check.h"

static const uint8_t ones[10] = {255, 255, 255, 255, 255, 255, 255, 255, 255, 255};

static void
test_layout_is_uuidv7(void **state)
{
	char text[ID_TEXT_SIZE + 1];

	(void)state;
	id_format(id_make(0x0123456789ab, ones), text);
	assert_string_equal(text, "01234567-89ab-7fff-bfff-ffffffffffff");
}

static void
test_only_the_canonical_spelling_is_read(void **state)
{
	struct id id = {{0}};

	(void)state;
	assert_ok(id_parse(STR("01234567-89ab-7fff-bfff-ffffffffffff"), &id));
	assert_true(id_eq(id, id_make(0x0123456789ab, ones)));
	assert_false(id_is_zero(id));
	assert_err(id_parse(STR("01234567-89AB-7fff-bfff-ffffffffffff"), &id), ERR_MALFORMED);
	assert_err(id_parse(STR("0123456789ab7fffbfffffffffffffff----"), &id), ERR_MALFORMED);
	assert_err(id_parse(STR("01234567-89ab-7fff-bfff-fffffffffff"), &id), ERR_MALFORMED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_layout_is_uuidv7),
		cmocka_unit_test(test_only_the_canonical_spelling_is_read),
	};

	return RUN(tests);
}
