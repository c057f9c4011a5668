/* A client's row: whole, and without its policies for devices. */
#include "tests/support/store.h"

#include "lib/store/client.h"

static const char *const policies[] = {
	"device_complete = 'never'",
	"device_code_expiration = '5m'",
	"device_networks = '10.0.0.0/8'",
	"device_scopes = 'openid'",
	"device_refresh_lifetime = '1h'",
	"device_sign_in_within = '10m'",
	"device_same_network = 'refuse'",
	"device_open_max = 3",
	"device_typed_back = 'require'",
};

static struct client
core(void)
{
	struct client c;

	assert_ok(client_core_by_id(place.store, &place.arena, place.confidential.id, &c));
	return c;
}

static void
test_the_core_is_the_row_of_a_client_without_policies(void **state)
{
	struct client whole, c = core();

	(void)state;
	assert_ok(client_by_id(place.store, &place.arena, place.confidential.id, &whole));
	assert_false(c.lacks_policies);
	assert_true(str_eq(c.name, whole.name));
	assert_true(str_eq(c.grants, whole.grants));
	assert_true(str_eq(c.token_provider, whole.token_provider));
	assert_true(digest_eq(c.secret_digest, whole.secret_digest));
	assert_int_equal(c.epoch_ms, whole.epoch_ms);
}

static void
test_the_core_says_that_any_one_policy_is_missing(void **state)
{
	char sql[200];

	(void)state;
	for (size_t i = 0; i < countof(policies); i++) {
		place_sql("UPDATE clients SET device_complete = '', device_code_expiration = '',"
			  " device_networks = '', device_scopes = '', device_refresh_lifetime = '',"
			  " device_sign_in_within = '', device_same_network = '',"
			  " device_open_max = 0, device_typed_back = ''");
		assert_false(core().lacks_policies);
		snprintf(sql, sizeof sql, "UPDATE clients SET %s", policies[i]);
		place_sql(sql);
		assert_true(core().lacks_policies);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_PLACE(test_the_core_is_the_row_of_a_client_without_policies),
		IN_PLACE(test_the_core_says_that_any_one_policy_is_missing),
	};

	return RUN(tests);
}
