/* Redirect URIs: which may be registered, and which are the same. */
#include "tests/support/check.h"

#include "lib/oauth/redirect.h"

static void
test_plain_addresses_may_be_registered(void **state)
{
	struct diag diag;

	(void)state;
	assert_ok(redirect_may_register(STR("https://app.example/cb"), false, &diag));
	assert_ok(redirect_may_register(STR("https://app.example:8443/cb?x=1"), false, &diag));
	assert_ok(redirect_may_register(STR("http://127.0.0.1/cb"), false, &diag));
	assert_ok(redirect_may_register(STR("http://[::1]:8080/cb"), false, &diag));
	assert_ok(redirect_may_register(STR("com.example.app:/cb"), true, &diag));
	assert_ok(redirect_may_register(
		STR("https://git.example/oauth2/My%20SSO/callback"), false, &diag));
	assert_ok(redirect_may_register(
		STR("https://app.example/cb?next=%2Fhome%2F..&x=%C3%A4"), false, &diag));
}

static void
test_a_native_application_may_have_a_scheme_of_its_own(void **state)
{
	static const char *const right[] = {"com.example.app:/cb", "com.example.app://cb",
		"cursor://anysphere.cursor-retrieval/oauth/callback", "vscode://publisher.ext/cb",
		"vscode-insiders://x/cb", "x-app://cb", "myapp2:/cb"};
	static const char *const wrong[] = {"javascript:/alert(1)", "data:/x", "file:///x",
		"vbscript:/x", "blob:/x", "about:/x", "intent://x/", "mailto:/x", "tel:/1",
		"ws://x/", "ftp://x/", "c:/windows", "ms-msdt:/id", "search-ms:/x", "urn:/x",
		"http://x.example/", "view-source:/x", "chrome://settings/"};
	struct diag diag;

	(void)state;
	for (size_t i = 0; i < countof(right); i++) {
		assert_ok(redirect_may_register(str_of(right[i]), true, &diag));
		assert_err(redirect_may_register(str_of(right[i]), false, &diag),
			ERR_INVALID_REDIRECT_URI);
	}
	for (size_t i = 0; i < countof(wrong); i++)
		assert_err(redirect_may_register(str_of(wrong[i]), true, &diag),
			ERR_INVALID_REDIRECT_URI);
}

static void
test_no_escape_makes_another_path(void **state)
{
	static const char *const wrong[] = {"https://app.example/a%2fb",
		"https://app.example/a%2Fb", "https://app.example/a%5cb",
		"https://app.example/%2e%2e/cb", "https://app.example/%2E/cb",
		"https://app.example/a%00", "https://app.example/a%0d%0a",
		"https://app.example/a%7f", "https://app.example/cb?a=%0D%0Ab",
		"https://app.example/a%1", "https://app.example/a%zz"};
	struct diag diag;

	(void)state;
	for (size_t i = 0; i < countof(wrong); i++)
		assert_err(redirect_may_register(str_of(wrong[i]), true, &diag),
			ERR_INVALID_REDIRECT_URI);
}

static void
test_tricks_may_not(void **state)
{
	static const struct str wrong[] = {STR_INIT("http://app.example/cb"),
		STR_INIT("com.example.app:/cb"), STR_INIT("javascript:alert(1)"),
		STR_INIT("data:text/html,x"), STR_INIT("file:///etc/passwd"),
		STR_INIT("vbscript:x"), STR_INIT("https://app.example/cb#f"),
		STR_INIT("https://app.example/cb#"), STR_INIT("https://good@evil.example/cb"),
		STR_INIT("https://*.example/cb"), STR_INIT("https://app.example/a/../cb"),
		STR_INIT("https://app.example/%2e%2e/cb"),
		STR_INIT("https://good.example\\@evil.example/"), STR_INIT("https:///cb"),
		STR_INIT("https://app.example/c b"), STR_INIT("https://app.example/\n"),
		STR_INIT("https://app.example/\0"), STR_INIT(""), STR_INIT("/cb"),
		STR_INIT("//app.example/cb")};

	(void)state;
	for (size_t i = 0; i < countof(wrong); i++) {
		struct diag diag = {""};

		assert_err(redirect_may_register(wrong[i], false, &diag), ERR_INVALID_REDIRECT_URI);
		assert_true(diag.text[0]);
	}
}

static void
test_an_address_is_compared_byte_for_byte(void **state)
{
	static const char *const wrong[] = {"https://app.example/cb/",
		"https://app.example/cb/evil", "https://app.example/cb.evil",
		"https://app.example/cbx", "https://app.example/c", "https://app.example/cb?x=1",
		"https://app.example/CB", "https://APP.example/cb", "HTTPS://app.example/cb",
		"https://app.example:443/cb", "https://app.example//cb",
		"https://app.example/cb https://b.example/cb", ""};
	struct str registered = STR("https://app.example/cb https://b.example/cb");

	(void)state;
	assert_true(redirect_is_registered(STR("https://app.example/cb"), registered, true));
	assert_true(redirect_is_registered(STR("https://b.example/cb"), registered, false));
	for (size_t i = 0; i < countof(wrong); i++) {
		assert_false(redirect_is_registered(str_of(wrong[i]), registered, true));
		assert_false(redirect_is_registered(str_of(wrong[i]), registered, false));
	}
	assert_false(redirect_is_registered(STR("https://app.example/cb\0"), registered, true));
}

/* RFC 8252 section 7.3: for native clients, and nothing else may differ. */
static void
test_only_the_port_of_a_loopback_address_is_free(void **state)
{
	static const char *const wrong[] = {"http://127.0.0.1:5000/evil",
		"http://localhost:5000/cb", "http://127.0.0.2:5000/cb", "https://127.0.0.1:5000/cb",
		"http://[::1]:5000/cb", "http://127.0.0.1:5000/cb?x=1",
		"http://127.0.0.1:5000/cb#f", "http://x@127.0.0.1:5000/cb",
		"http://127.0.0.1:5000@evil.example/cb", "http://127.0.0.1.evil.example:5000/cb",
		"http://127.0.0.1:99999999/cb", "http://127.1:5000/cb",
		"http://0x7f000001:5000/cb"};
	struct str registered = STR("http://127.0.0.1/cb");

	(void)state;
	assert_true(redirect_is_registered(STR("http://127.0.0.1:5000/cb"), registered, true));
	assert_false(redirect_is_registered(STR("http://127.0.0.1:5000/cb"), registered, false));
	assert_true(redirect_is_registered(STR("http://127.0.0.1/cb"), registered, false));
	for (size_t i = 0; i < countof(wrong); i++)
		assert_false(redirect_is_registered(str_of(wrong[i]), registered, true));
	registered = STR("http://localhost:3000/cb");
	assert_true(redirect_is_registered(STR("http://localhost:5000/cb"), registered, true));
	assert_false(redirect_is_registered(STR("http://localhost:5000/cb"), registered, false));
	assert_false(redirect_is_registered(STR("http://127.0.0.1:5000/cb"), registered, true));
	assert_false(
		redirect_is_registered(STR("http://localhost.evil:5000/cb"), registered, true));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain_addresses_may_be_registered),
		cmocka_unit_test(test_a_native_application_may_have_a_scheme_of_its_own),
		cmocka_unit_test(test_no_escape_makes_another_path),
		cmocka_unit_test(test_tricks_may_not),
		cmocka_unit_test(test_an_address_is_compared_byte_for_byte),
		cmocka_unit_test(test_only_the_port_of_a_loopback_address_is_free),
	};

	return RUN(tests);
}
