/* When signing keys are made, promoted and retired. */
#include "tests/support/check.h"

#include "lib/oauth/keys.h"

enum { DAY_S = 24 * 3600 };
#define DAY_MS ((int64_t)DAY_S * 1000)

static struct config
ninety_days(void)
{
	return (struct config){.key_rotation_s = 90 * DAY_S, .key_publish_ahead_s = DAY_S};
}

static enum key_step
due(struct config config, const struct signing_key *rows, size_t count, int64_t now_ms)
{
	return keys_due(&config, KEY_ES256, rows, count, now_ms);
}

static void
test_the_first_key_signs_at_once(void **state)
{
	const struct signing_key other = {.alg = STR("RS256"), .state = STR("active")};

	(void)state;
	assert_int_equal(due(ninety_days(), NULL, 0, 0), KEY_STEP_FIRST);
	assert_int_equal(due(ninety_days(), &other, 1, 0), KEY_STEP_FIRST);
}

static void
test_a_successor_is_made_a_day_before_the_key_is_old(void **state)
{
	const struct signing_key active = {.alg = STR("ES256"), .state = STR("active")};

	(void)state;
	assert_int_equal(due(ninety_days(), &active, 1, 89 * DAY_MS - 1), KEY_STEP_NONE);
	assert_int_equal(due(ninety_days(), &active, 1, 89 * DAY_MS), KEY_STEP_NEXT);
}

static void
test_a_successor_signs_only_after_it_was_published_for_a_day(void **state)
{
	const struct signing_key rows[] = {
		{.alg = STR("ES256"), .state = STR("active")},
		{.alg = STR("ES256"), .state = STR("next"), .created_ms = 89 * DAY_MS},
	};

	(void)state;
	assert_int_equal(due(ninety_days(), rows, 2, 90 * DAY_MS - 1), KEY_STEP_NONE);
	assert_int_equal(due(ninety_days(), rows, 2, 90 * DAY_MS), KEY_STEP_PROMOTE);
}

static void
test_without_an_interval_a_key_stays_but_one_made_by_hand_takes_over(void **state)
{
	const struct signing_key rows[] = {
		{.alg = STR("ES256"), .state = STR("active")},
		{.alg = STR("ES256"), .state = STR("next"), .created_ms = 5 * DAY_MS},
	};
	struct config config = ninety_days();

	(void)state;
	config.key_rotation_s = 0;
	assert_int_equal(due(config, rows, 1, 9999 * DAY_MS), KEY_STEP_NONE);
	assert_int_equal(due(config, rows, 2, 6 * DAY_MS), KEY_STEP_PROMOTE);
}

/* Made while the clock was wrong: neither kept for as long as that, nor distrusted. */
static void
test_a_key_from_the_future_is_dated_anew(void **state)
{
	const struct signing_key rows[] = {
		{.alg = STR("ES256"), .state = STR("active"), .created_ms = 400 * DAY_MS},
		{.alg = STR("ES256"), .state = STR("next"), .created_ms = 401 * DAY_MS},
	};
	const struct signing_key ahead = {
		.alg = STR("ES256"), .state = STR("active"), .created_ms = 60 * 1000};

	(void)state;
	assert_int_equal(due(ninety_days(), rows, 1, DAY_MS), KEY_STEP_REDATE);
	assert_int_equal(due(ninety_days(), rows, 2, 400 * DAY_MS), KEY_STEP_REDATE);
	/* Of another node, whose clock is a minute ahead. */
	assert_int_equal(due(ninety_days(), &ahead, 1, 0), KEY_STEP_NONE);
}

static void
test_keys_from_outside_are_not_made(void **state)
{
	struct config config = {.jwt_secret = STR("0123456789abcdef0123456789abcdef")};
	enum key_alg algs[2];

	(void)state;
	assert_int_equal(keys_algorithms(&config, algs), 1);
	assert_int_equal(algs[0], KEY_RS256);
	config = (struct config){0};
	assert_int_equal(keys_algorithms(&config, algs), 2);
	config.jwt_algorithm = STR("RS256");
	assert_int_equal(keys_algorithms(&config, algs), 1);
	config.jwt_private_key_path = STR("/etc/key.pem");
	assert_int_equal(keys_algorithms(&config, algs), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_key_signs_at_once),
		cmocka_unit_test(test_a_successor_is_made_a_day_before_the_key_is_old),
		cmocka_unit_test(test_a_successor_signs_only_after_it_was_published_for_a_day),
		cmocka_unit_test(
			test_without_an_interval_a_key_stays_but_one_made_by_hand_takes_over),
		cmocka_unit_test(test_a_key_from_the_future_is_dated_anew),
		cmocka_unit_test(test_keys_from_outside_are_not_made),
	};

	return RUN(tests);
}
