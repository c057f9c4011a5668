#include "tests/support/check.h"

#include "lib/base/library.h"

#include <string.h>

struct functions {
	double (*cos)(double);
	double (*sin)(double);
};

static struct functions functions;

static const struct library_symbol good[] = {
	{"cos", offsetof(struct functions, cos)}, {"sin", offsetof(struct functions, sin)}};
static const struct library_symbol bad[] = {{"cos", offsetof(struct functions, cos)},
	{"no_such_function", offsetof(struct functions, sin)}};

static void
functions_of_a_library_are_found(void **state)
{
	struct library library = LIBRARY("libm.so.6", "libc6", good, &functions);
	struct diag diag = {""};

	(void)state;
	assert_ok(library_load(&library, ERR_IO, &diag));
	assert_ok(library_load(&library, ERR_IO, NULL));
	assert_true(functions.cos(0) > 0.99 && functions.sin(0) < 0.01);
}

static void
a_missing_library_is_named_with_its_package(void **state)
{
	struct library library = LIBRARY("libnothing.so.1", "libnothing1", good, &functions);
	struct diag diag = {""};

	(void)state;
	assert_int_equal(library_load(&library, ERR_STORE, &diag), ERR_STORE);
	assert_non_null(strstr(diag.text, "libnothing.so.1"));
	assert_non_null(strstr(diag.text, "libnothing1 package"));
}

static void
a_library_without_one_of_the_functions_is_missing(void **state)
{
	struct library library = LIBRARY("libm.so.6", "libc6", bad, &functions);

	(void)state;
	assert_int_equal(library_load(&library, ERR_IO, NULL), ERR_IO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(functions_of_a_library_are_found),
		cmocka_unit_test(a_missing_library_is_named_with_its_package),
		cmocka_unit_test(a_library_without_one_of_the_functions_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
