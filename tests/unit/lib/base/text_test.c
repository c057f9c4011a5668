/* The small parsers and writers: json, url, ipaddr, duration. */
#include "lib/base/duration.h"
#include "lib/base/ipaddr.h"
#include "lib/base/json.h"
#include "lib/base/url.h"
#include "tests/support/check.h"

static void
test_json_that_is_written_is_read_again(void **state)
{
	struct arena a = {0};
	struct json *doc;
	struct buf b;

	(void)state;
	buf_init(&b, &a, 1000);
	json_open(&b, '{');
	json_member_str(&b, "s", STR("<\"\\\n\x01{\xff"));
	json_member_i64(&b, "i", -5);
	json_member_words(&b, "w", STR("a b"));
	json_close(&b, '}');
	assert_str(buf_str(&b),
		"{\"s\":\"\\u003c\\\"\\\\\\n\\u0001{\xef\xbf\xbd\",\"i\":-5,\"w\":[\"a\",\"b\"]}");
	assert_ok(json_parse(buf_str(&b), 1000, &doc, NULL));
	assert_str(json_get_str(doc, "s"), "<\"\\\n\x01{\xef\xbf\xbd");
	assert_int_equal(json_get_i64(doc, "i", 0), -5);
	assert_true(json_array_has(doc, "w", "b"));
	assert_false(json_array_has(doc, "w", "c"));
	json_free(doc);
	arena_free(&a);
}

static void
test_json_refuses_depth_duplicates_nul_and_size(void **state)
{
	struct json *doc;

	(void)state;
	assert_err(json_parse(STR("{\"a\":1,\"a\":2}"), 99, &doc, NULL), ERR_MALFORMED);
	assert_err(json_parse(STR("{\"a\":\"\\u0000\"}"), 99, &doc, NULL), ERR_MALFORMED);
	assert_err(json_parse(STR("[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]"), 99, &doc, NULL),
		ERR_MALFORMED);
	assert_err(json_parse(STR("{}"), 1, &doc, NULL), ERR_TOO_LONG);
	assert_ok(json_parse(STR("[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]"), 99, &doc, NULL));
	json_free(doc);
}

static void
test_url_is_taken_apart(void **state)
{
	struct url u;

	(void)state;
	assert_ok(url_parse(STR("https://[::1]:80/p?q=1?2#f"), &u, NULL));
	assert_str(u.host, "::1");
	assert_str(u.port, "80");
	assert_str(u.path, "/p");
	assert_str(u.query, "q=1?2");
	assert_true(u.has_fragment && url_is_loopback(&u));
	assert_ok(url_parse(STR("com.example.app:/cb"), &u, NULL));
	assert_str(u.path, "/cb");
	assert_ok(url_parse(STR("https://good@evil/"), &u, NULL));
	assert_true(u.has_userinfo);
	assert_str(u.host, "evil");
}

static void
test_url_tricks_are_refused(void **state)
{
	static const char *const bad[] = {"https://good\\@evil", "https://a\t/", "HTTPS://a/",
		"https:///x", "https://%65vil/", "https://a:0/", "https://a:/", "https://a:65536/",
		"//evil", "a b:c"};
	struct url u;

	(void)state;
	for (size_t i = 0; i < countof(bad); i++)
		assert_err(url_parse(str_of(bad[i]), &u, NULL), ERR_MALFORMED);
	assert_false(url_is_local_path(STR("//evil")));
	assert_false(url_is_local_path(STR("/\\evil")));
	assert_false(url_is_local_path(STR("https:evil")));
	assert_true(url_is_local_path(STR("/device?user_code=A")));
}

static void
test_client_is_found_behind_trusted_proxies_only(void **state)
{
	struct arena a = {0};
	struct ipnet nets[1];
	struct ipaddr proxy, other;

	(void)state;
	assert_ok(ipnet_parse(STR("10.0.0.0/8"), &nets[0]));
	assert_ok(ipaddr_parse(STR("::ffff:10.0.0.1"), &proxy));
	assert_ok(ipaddr_parse(STR("1.2.3.4"), &other));
	assert_str(
		ipaddr_text(&a, ipaddr_behind_proxies(other, STR("9.9.9.9"), nets, 1)), "1.2.3.4");
	assert_str(ipaddr_text(&a, ipaddr_behind_proxies(
					   proxy, STR("6.6.6.6, 9.9.9.9 ,10.1.1.1"), nets, 1)),
		"9.9.9.9");
	assert_str(ipaddr_text(&a, ipaddr_behind_proxies(proxy, STR("9.9.9.9,x"), nets, 1)),
		"10.0.0.1");
	assert_err(ipaddr_parse(STR("fe80::1%eth0"), &other), ERR_MALFORMED);
	assert_err(ipnet_parse(STR("10.1.0.0/8"), &nets[0]), ERR_MALFORMED);
	arena_free(&a);
}

static void
test_durations(void **state)
{
	struct arena a = {0};
	int64_t ms = 0;

	(void)state;
	assert_ok(duration_parse_ms(STR("1h30m"), &ms));
	assert_int_equal(ms, 5400000);
	assert_str(duration_text(&a, ms), "1h30m");
	assert_err(duration_parse_ms(STR("10"), &ms), ERR_MALFORMED);
	assert_err(duration_parse_ms(STR("-1s"), &ms), ERR_MALFORMED);
	assert_err(duration_parse_ms(STR("99999999999h"), &ms), ERR_MALFORMED);
	assert_str(duration_words(&a, 120000), "2 minutes");
	assert_str(duration_words(&a, 999), "a moment");
	arena_free(&a);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_json_that_is_written_is_read_again),
		cmocka_unit_test(test_json_refuses_depth_duplicates_nul_and_size),
		cmocka_unit_test(test_url_is_taken_apart),
		cmocka_unit_test(test_url_tricks_are_refused),
		cmocka_unit_test(test_client_is_found_behind_trusted_proxies_only),
		cmocka_unit_test(test_durations),
	};

	return RUN(tests);
}
