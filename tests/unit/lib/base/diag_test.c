#include "lib/base/diag.h"
#include "tests/support/check.h"

static void
test_text_is_formatted_and_the_error_comes_back(void **state)
{
	struct diag d;

	(void)state;
	assert_err(diag_set(&d, ERR_CONFIG, "%s is %d", "x", 3), ERR_CONFIG);
	assert_string_equal(d.text, "x is 3");
	assert_err(diag_at(&d, ERR_IO, "f.yaml", 3, "no %s", "key"), ERR_IO);
	assert_string_equal(d.text, "f.yaml:3: no key");
	(void)diag_at(&d, ERR_IO, "f.yaml", 0, "gone");
	assert_string_equal(d.text, "f.yaml: gone");
}

static void
test_nobody_has_to_listen(void **state)
{
	(void)state;
	assert_err(diag_set(NULL, ERR_IO, "x"), ERR_IO);
	assert_err(diag_at(NULL, ERR_IO, "f", 1, "x"), ERR_IO);
}

static void
test_long_text_is_cut(void **state)
{
	static char text[2000];
	struct diag d;

	(void)state;
	memset(text, 'x', sizeof text - 1);
	(void)diag_set(&d, ERR_IO, "%s", text);
	assert_int_equal(strlen(d.text), sizeof d.text - 1);
	(void)diag_at(&d, ERR_IO, text, 7, "%s", text);
	assert_int_equal(strlen(d.text), sizeof d.text - 1);
	(void)diag_at(&d, ERR_IO, "f", 7, "%s", text);
	assert_int_equal(strlen(d.text), sizeof d.text - 1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_text_is_formatted_and_the_error_comes_back),
		cmocka_unit_test(test_nobody_has_to_listen),
		cmocka_unit_test(test_long_text_is_cut),
	};

	return RUN(tests);
}
