#include "tests/support/check.h"

#include "server/gate/router.h"

static const struct route table[] = {
	{.method = METHOD_GET, .pattern = "/"},
	{.method = METHOD_GET, .pattern = "/device"},
	{.method = METHOD_POST, .pattern = "/device"},
	{.method = METHOD_POST, .pattern = "/sessions/:id/revoke"},
	{.method = METHOD_GET, .pattern = "/sessions/mine"},
	{.method = METHOD_GET, .pattern = "/sessions/:id"},
};

static struct router *
new_router(void)
{
	struct router *r = NULL;

	assert_ok(router_new(table, sizeof table / sizeof table[0], &r));
	return r;
}

static void
test_method_and_path_find_their_row(void **state)
{
	struct router *r = new_router();
	struct match m;

	(void)state;
	assert_ok(router_find(r, METHOD_GET, STR("/"), &m));
	assert_ptr_equal(m.route, &table[0]);
	assert_ok(router_find(r, METHOD_POST, STR("/device"), &m));
	assert_ptr_equal(m.route, &table[2]);
	router_free(r);
}

static void
test_an_exact_row_comes_before_a_pattern(void **state)
{
	struct router *r = new_router();
	struct match m;

	(void)state;
	assert_ok(router_find(r, METHOD_GET, STR("/sessions/mine"), &m));
	assert_ptr_equal(m.route, &table[4]);
	assert_ok(router_find(r, METHOD_GET, STR("/sessions/other"), &m));
	assert_ptr_equal(m.route, &table[5]);
	assert_str(m.params[0], "other");
	assert_ok(router_find(r, METHOD_POST, STR("/sessions/a-b/revoke"), &m));
	assert_str(m.params[0], "a-b");
	router_free(r);
}

static void
test_nearly_is_not_found(void **state)
{
	static const char *const paths[] = {"/devic", "/device/", "/devices", "/Device",
		"/sessions", "/sessions/", "/sessions//revoke", "/sessions/a/revoke/",
		"/sessions/a/b", ""};
	struct router *r = new_router();
	struct match m;

	(void)state;
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
		assert_err(router_find(r, METHOD_GET, str_of(paths[i]), &m), ERR_NOT_FOUND);
	router_free(r);
}

static void
test_another_method_names_those_allowed(void **state)
{
	struct router *r = new_router();
	struct match m;

	(void)state;
	assert_err(router_find(r, METHOD_PUT, STR("/device"), &m), ERR_METHOD_NOT_ALLOWED);
	assert_str(m.allow, "GET, HEAD, POST, OPTIONS");
	assert_err(router_find(r, METHOD_OTHER, STR("/"), &m), ERR_METHOD_NOT_ALLOWED);
	assert_ok(router_find(r, METHOD_OPTIONS, STR("/device"), &m));
	assert_null(m.route);
	assert_ptr_equal(m.any, &table[1]);
	router_free(r);
}

static void
test_a_row_given_twice_does_not_start(void **state)
{
	static const struct route twice[] = {
		{.method = METHOD_GET, .pattern = "/a"}, {.method = METHOD_GET, .pattern = "/a"}};
	struct router *r = NULL;

	(void)state;
	assert_err(router_new(twice, 2, &r), ERR_EXISTS);
	assert_null(r);
}

static void
test_paths_with_two_readings_are_nowhere(void **state)
{
	static const char *const paths[] = {"/%2e%2e/a", "/a/../b", "/./a", "/a/.", "//a", "/a//b",
		"/a%2fb", "/a%2Fb", "/a%00", "/a\\b", "/a%5cb", "/a%0ab", "a", "", "/%ff"};
	struct arena a = {0};
	struct str path;

	(void)state;
	for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++)
		assert_err(router_decode(&a, str_of(paths[i]), &path), ERR_NOT_FOUND);
	assert_err(router_decode(&a, STR("/a%zz"), &path), ERR_INVALID_REQUEST);
	assert_ok(router_decode(&a, STR("/.well-known/%6awks.json"), &path));
	assert_str(path, "/.well-known/jwks.json");
	assert_ok(router_decode(&a, STR("/..."), &path));
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_method_and_path_find_their_row),
		cmocka_unit_test(test_an_exact_row_comes_before_a_pattern),
		cmocka_unit_test(test_nearly_is_not_found),
		cmocka_unit_test(test_another_method_names_those_allowed),
		cmocka_unit_test(test_a_row_given_twice_does_not_start),
		cmocka_unit_test(test_paths_with_two_readings_are_nowhere),
	};

	return RUN(tests);
}
