#include "clients/device.h"

#include "tests/support/check.h"

static void
test_slow_down_adds_five_seconds_for_good(void **state)
{
	struct device_pace pace;

	(void)state;
	client_device_pace_start(&pace, 5);
	assert_int_equal(pace.wait_s, 5);
	assert_ok(client_device_pace_next(&pace, ERR_SLOW_DOWN));
	assert_int_equal(pace.wait_s, 10);
	assert_ok(client_device_pace_next(&pace, ERR_AUTHORIZATION_PENDING));
	assert_int_equal(pace.wait_s, 10);
	assert_ok(client_device_pace_next(&pace, ERR_SLOW_DOWN));
	assert_int_equal(pace.wait_s, 15);
}

static void
test_absent_server_is_asked_ever_more_rarely_until_it_is_back(void **state)
{
	struct device_pace pace;

	(void)state;
	client_device_pace_start(&pace, 5);
	assert_ok(client_device_pace_next(&pace, ERR_NETWORK));
	assert_int_equal(pace.wait_s, 10);
	assert_ok(client_device_pace_next(&pace, ERR_UNAVAILABLE));
	assert_int_equal(pace.wait_s, 20);
	for (int i = 0; i < 10; i++)
		assert_ok(client_device_pace_next(&pace, ERR_NETWORK));
	assert_int_equal(pace.wait_s, 60);
	assert_ok(client_device_pace_next(&pace, ERR_AUTHORIZATION_PENDING));
	assert_int_equal(pace.wait_s, 5);
}

static void
test_back_off_is_never_faster_than_the_server_asked(void **state)
{
	struct device_pace pace;

	(void)state;
	client_device_pace_start(&pace, 200);
	assert_ok(client_device_pace_next(&pace, ERR_NETWORK));
	assert_int_equal(pace.wait_s, 200);
	client_device_pace_start(&pace, 0);
	assert_int_equal(pace.wait_s, 5);
	client_device_pace_start(&pace, -7);
	assert_int_equal(pace.wait_s, 5);
	client_device_pace_start(&pace, INT64_MAX);
	assert_int_equal(pace.wait_s, 300);
}

static void
test_decisions_end_the_waiting(void **state)
{
	static const enum err final[] = {ERR_ACCESS_DENIED, ERR_EXPIRED_TOKEN, ERR_INVALID_CLIENT,
		ERR_INVALID_GRANT, ERR_CANCELLED, ERR_MALFORMED};
	struct device_pace pace;

	(void)state;
	client_device_pace_start(&pace, 5);
	for (size_t i = 0; i < countof(final); i++)
		assert_err(client_device_pace_next(&pace, final[i]), final[i]);
}

static enum err
authorization(const char *body, struct device_authorization *ret)
{
	static struct arena arena;

	arena_reset(&arena);
	return client_device_judge_authorization(&arena, 200, str_of(body), ret, NULL);
}

static void
test_missing_interval_is_five_seconds(void **state)
{
	struct device_authorization a;

	(void)state;
	assert_ok(authorization("{\"device_code\":\"d\",\"user_code\":\"AB-CD\",\"expires_in\":90,"
				"\"verification_uri\":\"https://a.example/device\"}",
		&a));
	assert_int_equal(a.interval_s, 5);
	assert_int_equal(a.expires_in_s, 90);
	assert_str(a.user_code, "AB-CD");
	assert_true(str_empty(a.verification_uri_complete));
}

static void
test_codes_and_addresses_that_cannot_be_shown_are_refused(void **state)
{
	static const char *const bad[] = {
		"{\"device_code\":\"d\",\"user_code\":\"A\\u001b[2J\",\"expires_in\":90,"
		"\"verification_uri\":\"https://a.example/device\"}",
		"{\"device_code\":\"d\",\"user_code\":\"A\",\"expires_in\":90,"
		"\"verification_uri\":\"javascript:alert(1)\"}",
		"{\"device_code\":\"d\",\"user_code\":\"A\",\"expires_in\":90,"
		"\"verification_uri\":\"http://evil.example/\"}",
		"{\"device_code\":\"d\",\"user_code\":\"A\",\"expires_in\":90}",
		"{\"user_code\":\"A\",\"verification_uri\":\"https://a.example/device\"}",
		"{\"device_code\":1,\"user_code\":\"A\","
		"\"verification_uri\":\"https://a.example/device\"}",
	};
	struct device_authorization a;

	(void)state;
	for (size_t i = 0; i < countof(bad); i++)
		assert_err(authorization(bad[i], &a), ERR_MALFORMED);
}

static void
test_life_of_a_code_is_kept_within_reason(void **state)
{
	struct device_authorization a;

	(void)state;
	assert_ok(authorization("{\"device_code\":\"d\",\"user_code\":\"A\",\"expires_in\":-1,"
				"\"verification_uri\":\"https://a.example/device\"}",
		&a));
	assert_int_equal(a.expires_in_s, 300);
	assert_ok(authorization("{\"device_code\":\"d\",\"user_code\":\"A\","
				"\"expires_in\":9223372036854775807,"
				"\"verification_uri\":\"https://a.example/device\"}",
		&a));
	assert_int_equal(a.expires_in_s, 86400);
}

static enum err
token(int status, const char *body, struct token_reply *ret, struct diag *diag)
{
	static struct arena arena;

	arena_reset(&arena);
	return client_token_judge(&arena, status, str_of(body), ret, diag);
}

static void
test_oauth_errors_become_their_own_outcome(void **state)
{
	struct token_reply t;
	struct diag diag;

	(void)state;
	assert_err(token(400, "{\"error\":\"authorization_pending\"}", &t, &diag),
		ERR_AUTHORIZATION_PENDING);
	assert_err(token(400, "{\"error\":\"slow_down\"}", &t, &diag), ERR_SLOW_DOWN);
	assert_err(token(400, "{\"error\":\"access_denied\"}", &t, &diag), ERR_ACCESS_DENIED);
	assert_err(token(401, "{\"error\":\"invalid_client\"}", &t, &diag), ERR_INVALID_CLIENT);
	assert_err(token(400, "{\"error\":\"something_new\"}", &t, &diag), ERR_INVALID_REQUEST);
	assert_err(token(502, "<html>", &t, &diag), ERR_UNAVAILABLE);
	assert_err(token(429, "", &t, &diag), ERR_UNAVAILABLE);
	assert_err(token(200, "<html>", &t, &diag), ERR_MALFORMED);
	assert_err(token(302, "", &t, &diag), ERR_MALFORMED);
}

static void
test_description_of_an_error_is_cleaned(void **state)
{
	struct token_reply t;
	struct diag diag;

	(void)state;
	assert_err(token(400, "{\"error\":\"x\",\"error_description\":\"a\\u001b]0;b\\u0007c\"}",
			   &t, &diag),
		ERR_INVALID_REQUEST);
	assert_string_equal(diag.text, "x: a?]0;b?c");
}

static int64_t
life_of(const char *value)
{
	char body[256];
	struct token_reply t = {.expires_in_s = -1};

	(void)snprintf(body, sizeof body, "{\"access_token\":\"t\",\"token_type\":\"Bearer\"%s%s}",
		*value ? ",\"expires_in\":" : "", value);
	assert_ok(token(200, body, &t, NULL));
	return t.expires_in_s;
}

/* What servers say, and none of it means for ever. */
static void
test_every_number_of_seconds_has_one_meaning(void **state)
{
	static const struct {
		const char *value;
		int64_t life_s;
	} rows[] = {
		{"3600", 3600},
		{"\"3600\"", 3600},
		{"3600.0", 3600},
		{"0.5", 1},
		{"3.6e3", 3600},
		{"\"3600.5\"", 3601},
		{"0", 0},
		{"-5", 0},
		{"\"-5\"", 0},
		{"", 3600},
		{"null", 3600},
		{"true", 3600},
		{"\"\"", 3600},
		{"\"soon\"", 3600},
		{"\"0x10\"", 3600},
		{"\"nan\"", 3600},
		{"\"1-2\"", 3600},
		{"[60]", 3600},
		{"9223372036854775807", 31536000},
		{"99999999999999999999999", 31536000},
		{"-99999999999999999999999", 0},
		{"1e300", 31536000},
		{"\"1e400\"", 31536000},
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++)
		if (life_of(rows[i].value) != rows[i].life_s)
			fail_msg("%s: %lld", rows[i].value, (long long)life_of(rows[i].value));
}

static void
test_too_many_requests_is_never_the_end(void **state)
{
	static const char *const bodies[] = {"{\"error\":\"temporarily_unavailable\"}",
		"{\"error\":\"too_many_requests\"}", "{\"error\":\"access_denied\"}", "{}",
		"<html>", ""};
	struct token_reply t;

	(void)state;
	for (size_t i = 0; i < countof(bodies); i++)
		assert_err(token(429, bodies[i], &t, NULL), ERR_UNAVAILABLE);
	assert_err(token(429, "{\"error\":\"slow_down\"}", &t, NULL), ERR_SLOW_DOWN);
}

static void
test_only_bearer_tokens_are_taken(void **state)
{
	struct token_reply t;

	(void)state;
	assert_ok(token(200, "{\"access_token\":\"t\",\"token_type\":\"bearer\",\"expires_in\":5}",
		&t, NULL));
	assert_str(t.access_token, "t");
	assert_int_equal(t.expires_in_s, 5);
	assert_err(token(200, "{\"access_token\":\"t\",\"token_type\":\"mac\"}", &t, NULL),
		ERR_MALFORMED);
	assert_err(token(200, "{\"access_token\":\"t\\nu\",\"token_type\":\"Bearer\"}", &t, NULL),
		ERR_MALFORMED);
	assert_err(token(200, "{\"token_type\":\"Bearer\"}", &t, NULL), ERR_MALFORMED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_slow_down_adds_five_seconds_for_good),
		cmocka_unit_test(test_absent_server_is_asked_ever_more_rarely_until_it_is_back),
		cmocka_unit_test(test_back_off_is_never_faster_than_the_server_asked),
		cmocka_unit_test(test_decisions_end_the_waiting),
		cmocka_unit_test(test_every_number_of_seconds_has_one_meaning),
		cmocka_unit_test(test_too_many_requests_is_never_the_end),
		cmocka_unit_test(test_missing_interval_is_five_seconds),
		cmocka_unit_test(test_codes_and_addresses_that_cannot_be_shown_are_refused),
		cmocka_unit_test(test_life_of_a_code_is_kept_within_reason),
		cmocka_unit_test(test_oauth_errors_become_their_own_outcome),
		cmocka_unit_test(test_description_of_an_error_is_cleaned),
		cmocka_unit_test(test_only_bearer_tokens_are_taken),
	};

	return RUN(tests);
}
