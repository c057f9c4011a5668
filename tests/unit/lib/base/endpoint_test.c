#include "tests/support/check.h"

#include "lib/base/endpoint.h"

static void
hosts_and_ports_are_told_apart(void **state)
{
	static const struct {
		const char *text;
		const char *host;
		int port;
	} good[] = {
		{"localhost:6379", "localhost", 6379},
		{"10.0.0.1:1", "10.0.0.1", 1},
		{"[::1]:65535", "::1", 65535},
		{"/run/redis/redis.sock", "/run/redis/redis.sock", 0},
	};

	(void)state;
	for (size_t i = 0; i < countof(good); i++) {
		struct endpoint e;

		assert_ok(endpoint_parse(str_of(good[i].text), &e));
		assert_true(str_is(e.host, good[i].host));
		assert_int_equal(e.port, good[i].port);
	}
}

static void
everything_else_is_refused(void **state)
{
	static const char *const bad[] = {"", ":", "localhost", "localhost:", ":6379",
		"localhost:0", "localhost:65536", "localhost:x", "localhost:-1", "::1:6379",
		"[]:6379", "[::1:6379", "a b:6379", "a:b:c", "redis://localhost:6379"};

	(void)state;
	for (size_t i = 0; i < countof(bad); i++) {
		struct endpoint e;

		if (endpoint_parse(str_of(bad[i]), &e) != ERR_MALFORMED)
			fail_msg("%s", bad[i]);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hosts_and_ports_are_told_apart),
		cmocka_unit_test(everything_else_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
