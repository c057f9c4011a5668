/* The table of grants. */
#include "tests/support/check.h"

#include "lib/oauth/grant.h"

static void
test_every_row_is_found_by_its_type(void **state)
{
	struct context cx = {.problem = STR_NONE};
	const struct grant *grant;

	(void)state;
	assert_true(grants_count > 0);
	for (size_t i = 0; i < grants_count; i++) {
		assert_ok(grant_find(&cx, str_of(grants[i].type), &grant));
		assert_ptr_equal(grant, &grants[i]);
		assert_non_null(grant->run);
	}
}

static void
test_what_is_not_in_the_table_is_refused(void **state)
{
	static const char *const wrong[] = {"password", "implicit", "client_credentials ",
		"Client_Credentials", "device_code", "client_credential"};
	struct context cx = {.problem = STR_NONE};
	const struct grant *grant;

	(void)state;
	for (size_t i = 0; i < countof(wrong); i++)
		assert_err(grant_find(&cx, str_of(wrong[i]), &grant), ERR_UNSUPPORTED_GRANT_TYPE);
	assert_err(
		grant_find(&cx, STR("client_credentials\0"), &grant), ERR_UNSUPPORTED_GRANT_TYPE);
	assert_err(grant_find(&cx, STR_NONE, &grant), ERR_INVALID_REQUEST);
	assert_true(cx.problem.n > 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_row_is_found_by_its_type),
		cmocka_unit_test(test_what_is_not_in_the_table_is_refused),
	};

	return RUN(tests);
}
