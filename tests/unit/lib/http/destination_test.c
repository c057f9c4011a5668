/* Where an address that a stranger named may lead. */
#include "lib/http/destination.h"

#include "tests/support/check.h"

static void
test_this_computer_is_refused_by_every_name(void **state)
{
	static const char *const here[] = {"127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1",
		"0.0.0.0", "localhost", "LOCALHOST", "a.localhost", "A.b.LocalHost",
		"localhost.localdomain", "ip6-localhost"};
	static const char *const elsewhere[] = {
		"app.example", "localhost.example", "notlocalhost", "1.1.1.1", "2606:4700::1111"};

	(void)state;
	for (size_t i = 0; i < countof(here); i++)
		assert_false(destination_allows_host(STR_NONE, str_of(here[i])));
	for (size_t i = 0; i < countof(elsewhere); i++)
		assert_true(destination_allows_host(STR_NONE, str_of(elsewhere[i])));
}

static void
test_networks_that_are_allowed_are(void **state)
{
	const struct str allowed = STR("10.0.0.0/8 fd00::/8");

	(void)state;
	assert_true(destination_allows_host(allowed, STR("10.1.2.3")));
	assert_true(destination_allows_host(allowed, STR("::ffff:10.1.2.3")));
	assert_true(destination_allows_host(allowed, STR("fd12::1")));
	assert_false(destination_allows_host(allowed, STR("192.168.0.1")));
	assert_false(destination_allows_host(allowed, STR("localhost")));
	assert_false(destination_allows_host(STR("127.0.0.0/8"), STR("localhost")));
	assert_true(destination_allows_host(STR("127.0.0.0/8 ::1"), STR("localhost")));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_this_computer_is_refused_by_every_name),
		cmocka_unit_test(test_networks_that_are_allowed_are),
	};

	return RUN(tests);
}
