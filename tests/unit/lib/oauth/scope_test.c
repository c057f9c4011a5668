/* Scope lists. */
#include "tests/support/check.h"

#include "lib/oauth/scope.h"

static void
test_a_request_within_the_clients_scopes_is_granted_in_its_order(void **state)
{
	struct arena arena = {0};
	struct str granted;

	(void)state;
	assert_ok(scope_grant(&arena, STR("email openid"), STR("openid profile email"), &granted));
	assert_str(granted, "email openid");
	arena_free(&arena);
}

static void
test_no_request_means_all_that_the_client_may_have(void **state)
{
	struct arena arena = {0};
	struct str granted;

	(void)state;
	assert_ok(scope_grant(&arena, STR_NONE, STR("read write"), &granted));
	assert_str(granted, "read write");
	arena_free(&arena);
}

static void
test_more_than_the_client_may_have_is_refused_not_narrowed(void **state)
{
	struct arena arena = {0};
	struct str granted = STR("untouched");

	(void)state;
	assert_err(
		scope_grant(&arena, STR("read admin"), STR("read"), &granted), ERR_INVALID_SCOPE);
	assert_err(scope_grant(&arena, STR("rea"), STR("read"), &granted), ERR_INVALID_SCOPE);
	assert_err(scope_grant(&arena, STR("READ"), STR("read"), &granted), ERR_INVALID_SCOPE);
	assert_err(scope_grant(&arena, STR("  "), STR("read"), &granted), ERR_INVALID_SCOPE);
	assert_str(granted, "untouched");
	arena_free(&arena);
}

static void
test_control_characters_quotes_and_oversize_are_refused(void **state)
{
	struct arena arena = {0};
	struct str granted;
	char big[SCOPE_MAX + 2];

	(void)state;
	memset(big, 'a', sizeof big);
	assert_err(scope_grant(&arena, STR("re\nad"), STR("re\nad"), &granted), ERR_INVALID_SCOPE);
	assert_err(scope_grant(&arena, STR("re\"ad"), STR("re\"ad"), &granted), ERR_INVALID_SCOPE);
	assert_err(scope_grant(&arena, (struct str){big, sizeof big}, (struct str){big, sizeof big},
			   &granted),
		ERR_INVALID_SCOPE);
	arena_free(&arena);
}

static void
test_a_repeated_word_is_granted_once(void **state)
{
	struct arena arena = {0};
	struct str granted;

	(void)state;
	assert_ok(scope_grant(&arena, STR("read read  write"), STR("read write"), &granted));
	assert_str(granted, "read write");
	arena_free(&arena);
}

static void
test_machines_lose_the_scopes_that_describe_a_person(void **state)
{
	struct arena arena = {0};

	(void)state;
	assert_str(scope_for_machines(&arena, STR("openid read email offline_access profile")),
		"read");
	assert_str(scope_for_machines(&arena, STR("openid offline_access")), "");
	assert_str(scope_for_machines(&arena, STR("openid email profile")), "email profile");
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_request_within_the_clients_scopes_is_granted_in_its_order),
		cmocka_unit_test(test_no_request_means_all_that_the_client_may_have),
		cmocka_unit_test(test_more_than_the_client_may_have_is_refused_not_narrowed),
		cmocka_unit_test(test_control_characters_quotes_and_oversize_are_refused),
		cmocka_unit_test(test_a_repeated_word_is_granted_once),
		cmocka_unit_test(test_machines_lose_the_scopes_that_describe_a_person),
	};

	return RUN(tests);
}
