#include "lib/base/url.h"
#include "tests/support/check.h"

static struct url
url(const char *text)
{
	struct url u;

	assert_ok(url_parse(str_of(text), &u, NULL));
	return u;
}

static void
check_refused(const char *const *bad, size_t count)
{
	struct diag d;
	struct url u;

	for (size_t i = 0; i < count; i++) {
		if (!url_parse(str_of(bad[i]), &u, &d))
			fail_msg("accepted: %s", bad[i]);
		assert_true(str_is_printable(str_of(d.text)));
	}
}

static void
test_url_is_taken_apart(void **state)
{
	struct url u = url("https://as.example.com:8443/p/q?q=1?2#f?x");

	(void)state;
	assert_str(u.scheme, "https");
	assert_str(u.host, "as.example.com");
	assert_str(u.port, "8443");
	assert_str(u.path, "/p/q");
	assert_str(u.query, "q=1?2");
	assert_true(u.has_query && u.has_fragment && !u.has_userinfo);
	u = url("http://a");
	assert_true(str_empty(u.path) && str_empty(u.port));
	assert_false(u.has_query || u.has_fragment);
	u = url("http://a?");
	assert_true(u.has_query && str_empty(u.query));
}

static void
test_private_schemes_have_a_path(void **state)
{
	static const char *const bad[] = {"com.example.app:cb", "com.example.app:", "app:///cb",
		"javascript:alert(1)", "data:text/html,x", "mailto:a@b"};
	struct url u = url("com.example.app:/cb");

	(void)state;
	assert_str(u.path, "/cb");
	assert_true(str_empty(u.host));
	u = url("app-1+x://host/cb");
	assert_str(u.host, "host");
	check_refused(bad, countof(bad));
}

/* Browsers find an authority in every one of these. */
static void
test_web_urls_need_two_slashes_and_a_host(void **state)
{
	static const char *const bad[] = {"https:evil", "https:/evil", "https:///evil",
		"http:", "https://", "https://?q", "https://#f", "//evil", "/p", "evil", ""};

	(void)state;
	check_refused(bad, countof(bad));
}

static void
test_user_info_is_told_and_never_the_host(void **state)
{
	static const char *const bad[] = {
		"https://a@b@evil/", "https://good\\@evil", "https://good@", "https://a:b@:80/"};
	struct url u = url("https://good:pw@evil:1/");

	(void)state;
	assert_true(u.has_userinfo);
	assert_str(u.host, "evil");
	assert_str(u.port, "1");
	assert_false(url("https://evil/@good").has_userinfo);
	check_refused(bad, countof(bad));
}

static void
test_characters_that_get_repaired_are_refused(void **state)
{
	static const char *const bad[] = {"https://a\t/", "https://a/\n", "ht\ntps://a/",
		" https://a/", "https://a/ ", "https://a/\\b", "https://a/\x7f",
		"https://a/\xc3\xa9", "https://\xd0\xb0.com/", "https://a/%", "https://a/%4",
		"https://a/%zz", "https://%65vil/", "https://a%00.b/", "https://a%2fb/",
		"HTTPS://a/", "hTtp://a/", "1a://b/", "a b://c", ":a", "a_b://c/"};
	struct url u;

	(void)state;
	check_refused(bad, countof(bad));
	assert_err(url_parse(STR("https://a/\0b"), &u, NULL), ERR_MALFORMED);
}

static void
test_host_names_have_whole_labels(void **state)
{
	static const char *const bad[] = {"https://.a/", "https://a./", "https://a..b/",
		"https://./", "https://a,b/", "https://a;b/", "https://[a]/", "https://a[/",
		"https://a]/"};
	char label[80] = "https://", name[300] = "https://";

	(void)state;
	check_refused(bad, countof(bad));
	assert_str(url("https://xn--bcher-kva.example/").host, "xn--bcher-kva.example");
	assert_str(url("https://my_host-1/").host, "my_host-1");
	memset(label + 8, 'a', 63);
	assert_int_equal(url(label).host.n, 63);
	strcat(label, "a");
	check_refused((const char *const[]){label}, 1);
	for (int i = 0; i < 126; i++)
		strcat(name, "a.");
	strcat(name, "a");
	assert_int_equal(url(name).host.n, 253);
	memmove(name + 9, name + 8, strlen(name + 8) + 1);
	check_refused((const char *const[]){name}, 1);
}

/* What resolvers and browsers take for an address has its one spelling. */
static void
test_numeric_hosts_are_whole_addresses(void **state)
{
	static const char *const bad[] = {"http://127.1/", "http://2130706433/",
		"http://0x7f000001/", "http://0x7f.0.0.1/", "http://0177.0.0.1/",
		"http://127.0.0.01/", "http://1.2.3.256/", "http://1.2.3.4.5/", "http://a.1/",
		"http://a.0x/", "http://127.0.0.0x1/"};

	(void)state;
	check_refused(bad, countof(bad));
	assert_str(url("http://127.0.0.1/").host, "127.0.0.1");
	assert_str(url("http://1.a/").host, "1.a");
	assert_str(url("http://0x7f.a/").host, "0x7f.a");
}

static void
test_ipv6_literals_are_addresses(void **state)
{
	static const char *const bad[] = {"http://[]/", "http://[:]/", "http://[::1/",
		"http://[::1]x/", "http://[::1]:/", "http://[1::2::3]/", "http://[::g]/",
		"http://[fe80::1%25eth0]/", "http://[1.2.3.4]/", "http://[:::]/",
		"http://[1:2:3:4:5:6:7]/", "http://::1/", "http://[::1]]/", "http://[[::1]]/",
		"http://[v1.a]/", "http://x[::1]/"};

	(void)state;
	check_refused(bad, countof(bad));
	assert_str(url("http://[::1]").host, "::1");
	assert_str(url("http://[2001:DB8::1]:80/").host, "2001:DB8::1");
	assert_str(url("http://[2001:DB8::1]:80/").port, "80");
	assert_str(url("http://[::ffff:1.2.3.4]/").host, "::ffff:1.2.3.4");
}

static void
test_ports_are_numbers_without_leading_zero(void **state)
{
	static const char *const bad[] = {"https://a:/", "https://a:0/", "https://a:080/",
		"https://a:65536/", "https://a:-1/", "https://a:+1/", "https://a:8x/",
		"https://a:1:2/", "https://a:99999999999/"};

	(void)state;
	check_refused(bad, countof(bad));
	assert_str(url("https://a:1/").port, "1");
	assert_str(url("https://a:65535").port, "65535");
}

static void
test_length_is_limited(void **state)
{
	char text[2100] = "https://a/";
	struct url u;

	(void)state;
	memset(text + 10, 'x', 2038);
	assert_ok(url_parse(str_first(str_of(text), 2048), &u, NULL));
	text[2048] = 'x';
	assert_err(url_parse(str_first(str_of(text), 2049), &u, NULL), ERR_MALFORMED);
	assert_true(url_is_local_path((struct str){text + 9, 2039}));
}

/* RFC 8252 section 7.3 */
static void
test_loopback_is_literal(void **state)
{
	struct url u;

	(void)state;
	u = url("http://127.0.0.1:1/");
	assert_true(url_is_loopback(&u));
	u = url("http://[::1]/");
	assert_true(url_is_loopback(&u));
	u = url("http://localhost/");
	assert_true(url_is_loopback(&u));
	u = url("http://LocalHost/");
	assert_true(url_is_loopback(&u));
	u = url("http://127.0.0.1.evil.com/");
	assert_false(url_is_loopback(&u));
	u = url("http://127.0.0.1@evil/");
	assert_false(url_is_loopback(&u));
	u = url("http://localhost.evil/");
	assert_false(url_is_loopback(&u));
	u = url("app:/localhost");
	assert_false(url_is_loopback(&u));
}

static void
test_local_paths_stay_here(void **state)
{
	static const char *const good[] = {"/", "/device", "/device?user_code=A", "/a/b/", "/a/.b",
		"/a/...", "/a/b..", "/?next=https://a//b", "/a#//b", "/a%20b", "/a?x=%0a%2f",
		"/oauth/authorize?redirect_uri=https%3A%2F%2Fa%2F"};

	(void)state;
	for (size_t i = 0; i < countof(good); i++)
		if (!url_is_local_path(str_of(good[i])))
			fail_msg("refused: %s", good[i]);
}

static void
test_paths_that_lead_away_are_refused(void **state)
{
	static const char *const bad[] = {"", "a", "?a", "#a", "https:evil", "https://evil",
		"javascript:alert(1)", "//evil", "///evil", "/\\evil", "\\\\evil", "/a\\b",
		"/\t/evil", "\t//evil", "\x20//evil", "/ /evil", "/\n/evil", "/a\r\nLocation: x",
		"/.//evil", "/..//evil", "/./", "/..", "/.", "/a/../b", "/%2e%2e//evil", "/.%2E/b",
		"/%2e//evil", "/a//evil", "/%2fevil", "/%2Fevil", "/%5cevil", "/%5Cevil",
		"/a%0d%0aLocation:x", "/%09/evil", "/a%00", "/%7f", "/%", "/%zz", "/?\\evil",
		"/\xc3\xa9", "/?%4"};

	(void)state;
	for (size_t i = 0; i < countof(bad); i++)
		if (url_is_local_path(str_of(bad[i])))
			fail_msg("accepted: %s", bad[i]);
	assert_false(url_is_local_path(STR("/a\0b")));
	assert_false(url_is_local_path(STR_NONE));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_url_is_taken_apart),
		cmocka_unit_test(test_private_schemes_have_a_path),
		cmocka_unit_test(test_web_urls_need_two_slashes_and_a_host),
		cmocka_unit_test(test_user_info_is_told_and_never_the_host),
		cmocka_unit_test(test_characters_that_get_repaired_are_refused),
		cmocka_unit_test(test_host_names_have_whole_labels),
		cmocka_unit_test(test_numeric_hosts_are_whole_addresses),
		cmocka_unit_test(test_ipv6_literals_are_addresses),
		cmocka_unit_test(test_ports_are_numbers_without_leading_zero),
		cmocka_unit_test(test_length_is_limited),
		cmocka_unit_test(test_loopback_is_literal),
		cmocka_unit_test(test_local_paths_stay_here),
		cmocka_unit_test(test_paths_that_lead_away_are_refused),
	};

	return RUN(tests);
}
