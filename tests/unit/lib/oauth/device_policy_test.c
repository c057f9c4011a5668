#include "lib/oauth/device_policy.h"

#include "lib/config/config.h"
#include "tests/support/check.h"

static const struct config config = {
	.device_complete = true,
	.device_code_ttl_s = 600,
	.device_networks = STR_INIT("10.0.0.0/8 2001:db8::/32"),
	.device_scopes = STR_INIT("openid profile"),
	.device_refresh_lifetime_s = 3600,
	.device_same_network = STR_INIT("confirm"),
	.device_open_max = 7,
};

static void
test_a_client_that_says_nothing_has_what_all_have(void **state)
{
	struct device_policy p = device_policy_of(&config, &(struct client){.device_open_max = 0});

	(void)state;
	assert_true(p.gives_complete);
	assert_int_equal(p.code_ttl_s, 600);
	assert_str(p.networks, "10.0.0.0/8 2001:db8::/32");
	assert_str(p.scopes, "openid profile");
	assert_int_equal(p.refresh_ttl_s, 3600);
	assert_int_equal(p.sign_in_within_s, 0);
	assert_int_equal(p.open_max, 7);
	assert_int_equal(p.other_network, DEVICE_NETWORK_CONFIRM);
}

static void
test_what_is_said_about_a_client_counts_instead(void **state)
{
	const struct client client = {
		.device_complete = STR("never"),
		.device_code_expiration = STR("90s"),
		.device_networks = STR("192.0.2.1"),
		.device_scopes = STR("email"),
		.device_refresh_lifetime = STR("2h"),
		.device_sign_in_within = STR("5m"),
		.device_same_network = STR("warn"),
		.device_open_max = 1,
	};
	struct device_policy p = device_policy_of(&config, &client);

	(void)state;
	assert_false(p.gives_complete);
	assert_int_equal(p.code_ttl_s, 90);
	assert_str(p.networks, "192.0.2.1");
	assert_str(p.scopes, "email");
	assert_int_equal(p.refresh_ttl_s, 7200);
	assert_int_equal(p.sign_in_within_s, 300);
	assert_int_equal(p.open_max, 1);
	assert_int_equal(p.other_network, DEVICE_NETWORK_WARN);
}

static enum err
admit(const char *networks, const char *ip)
{
	const struct device_policy p = {.networks = str_of(networks)};
	struct context cx = {.ip = str_of(ip)};

	return device_policy_admit(&cx, &p);
}

static void
test_networks_that_are_named_may_ask_and_no_others(void **state)
{
	(void)state;
	assert_ok(admit("", "192.0.2.1"));
	assert_ok(admit("", ""));
	assert_ok(admit("10.0.0.0/8", "10.255.0.1"));
	assert_ok(admit("10.0.0.0/8 2001:db8::/32", "2001:db8::7"));
	assert_ok(admit("10.0.0.0/8", "::ffff:10.0.0.1"));
	assert_err(admit("10.0.0.0/8", "11.0.0.1"), ERR_UNAUTHORIZED_CLIENT);
	assert_err(admit("10.0.0.0/8", ""), ERR_UNAUTHORIZED_CLIENT);
}

static void
test_a_sign_in_goes_stale_at_the_second(void **state)
{
	struct device_policy p = {.sign_in_within_s = 60};
	struct context cx = {.now_ms = 1000000};

	(void)state;
	assert_false(device_policy_is_stale(&cx, &p, 1000000 - 60000));
	assert_true(device_policy_is_stale(&cx, &p, 1000000 - 60001));
	p.sign_in_within_s = 0;
	assert_false(device_policy_is_stale(&cx, &p, 0));
}

static void
test_a_ceiling_takes_away_and_never_gives(void **state)
{
	struct device_policy p = {.scopes = STR("openid admin")};
	struct arena arena = {0};

	(void)state;
	assert_str(device_policy_scopes(&arena, &p, STR("openid email")), "openid");
	p.scopes = STR_NONE;
	assert_str(device_policy_scopes(&arena, &p, STR("openid email")), "openid email");
	arena_free(&arena);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_client_that_says_nothing_has_what_all_have),
		cmocka_unit_test(test_what_is_said_about_a_client_counts_instead),
		cmocka_unit_test(test_networks_that_are_named_may_ask_and_no_others),
		cmocka_unit_test(test_a_sign_in_goes_stale_at_the_second),
		cmocka_unit_test(test_a_ceiling_takes_away_and_never_gives),
	};

	return RUN(tests);
}
