#include "clients/discovery.h"

#include "tests/support/check.h"

static enum err
judge(const char *issuer, const char *document, struct discovery *ret, struct diag *diag)
{
	static struct arena arena;

	arena_reset(&arena);
	return client_discovery_judge(&arena, str_of(issuer), str_of(document), ret, diag);
}

static void
assert_urls(const char *issuer, const char *first, const char *second)
{
	struct arena arena = {0};
	struct str urls[2];

	assert_ok(client_discovery_urls(&arena, str_of(issuer), urls, NULL));
	assert_str(urls[0], first);
	assert_str(urls[1], second);
	arena_free(&arena);
}

static void
test_well_known_is_inserted_before_the_path_or_appended_to_it(void **state)
{
	(void)state;
	assert_urls("https://a.example", "https://a.example/.well-known/oauth-authorization-server",
		"https://a.example/.well-known/openid-configuration");
	assert_urls("https://a.example:8443/t/1",
		"https://a.example:8443/.well-known/oauth-authorization-server/t/1",
		"https://a.example:8443/t/1/.well-known/openid-configuration");
	assert_urls("https://a.example/t/",
		"https://a.example/.well-known/oauth-authorization-server/t",
		"https://a.example/t/.well-known/openid-configuration");
}

static void
test_unsafe_issuers_are_refused(void **state)
{
	static const char *const bad[] = {"", "a.example", "http://a.example",
		"https://a.example?x", "https://a.example#f", "https://u@a.example",
		"javascript:alert(1)"};
	struct arena arena = {0};
	struct str urls[2];

	(void)state;
	for (size_t i = 0; i < countof(bad); i++)
		assert_err(
			client_discovery_urls(&arena, str_of(bad[i]), urls, NULL), ERR_MALFORMED);
	assert_ok(client_discovery_urls(&arena, STR("http://127.0.0.1:8080"), urls, NULL));
	arena_free(&arena);
}

static void
test_endpoints_of_the_own_origin_are_taken(void **state)
{
	struct discovery found;

	(void)state;
	assert_ok(judge("https://a.example",
		"{\"issuer\":\"https://a.example\",\"token_endpoint\":\"https://a.example/t\","
		"\"device_authorization_endpoint\":\"https://a.example/d\"}",
		&found, NULL));
	assert_str(found.token_endpoint, "https://a.example/t");
	assert_str(found.device_authorization_endpoint, "https://a.example/d");
	assert_true(str_empty(found.userinfo_endpoint));
}

static void
test_issuer_must_be_equal_byte_for_byte(void **state)
{
	static const char *const others[] = {"https://a.example//", "https://A.example",
		"https://a.example:443", "https://a.example.evil", ""};
	char document[256];
	struct discovery found;
	struct diag diag;

	(void)state;
	for (size_t i = 0; i < countof(others); i++) {
		(void)snprintf(document, sizeof document,
			"{\"issuer\":\"%s\",\"token_endpoint\":\"https://a.example/t\"}",
			others[i]);
		assert_err(judge("https://a.example", document, &found, &diag), ERR_MALFORMED);
	}
	/* But for one slash, which its address does not tell apart; the name is the server's. */
	assert_ok(judge("https://a.example",
		"{\"issuer\":\"https://a.example/\",\"token_endpoint\":\"https://a.example/t\"}",
		&found, &diag));
	assert_str(found.issuer, "https://a.example/");
}

static void
test_endpoint_elsewhere_is_refused(void **state)
{
	static const char *const others[] = {"https://evil.example/t", "https://a.example:8443/t",
		"http://a.example/t", "https://a.example.evil/t", "https://a.example@evil/t",
		"https://a.exampleevil/t", "https://a.example\\\\@evil/t"};
	char document[256];
	struct discovery found;

	(void)state;
	for (size_t i = 0; i < countof(others); i++) {
		(void)snprintf(document, sizeof document,
			"{\"issuer\":\"https://a.example\",\"token_endpoint\":\"%s\"}", others[i]);
		assert_err(judge("https://a.example", document, &found, NULL), ERR_MALFORMED);
	}
}

static void
test_name_a_server_gives_itself_cannot_steer_the_terminal(void **state)
{
	struct discovery found;
	struct diag diag;

	(void)state;
	assert_err(judge("https://a.example", "{\"issuer\":\"\\u001b[2Jhello\"}", &found, &diag),
		ERR_MALFORMED);
	assert_null(strchr(diag.text, '\033'));
}

static void
test_document_without_token_endpoint_or_form_is_refused(void **state)
{
	struct discovery found;

	(void)state;
	assert_err(judge("https://a.example", "{\"issuer\":\"https://a.example\"}", &found, NULL),
		ERR_MALFORMED);
	assert_err(judge("https://a.example", "[]", &found, NULL), ERR_MALFORMED);
	assert_err(judge("https://a.example", "<html>", &found, NULL), ERR_MALFORMED);
	assert_err(judge("https://a.example", "", &found, NULL), ERR_MALFORMED);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_well_known_is_inserted_before_the_path_or_appended_to_it),
		cmocka_unit_test(test_unsafe_issuers_are_refused),
		cmocka_unit_test(test_endpoints_of_the_own_origin_are_taken),
		cmocka_unit_test(test_issuer_must_be_equal_byte_for_byte),
		cmocka_unit_test(test_endpoint_elsewhere_is_refused),
		cmocka_unit_test(test_name_a_server_gives_itself_cannot_steer_the_terminal),
		cmocka_unit_test(test_document_without_token_endpoint_or_form_is_refused),
	};

	return RUN(tests);
}
