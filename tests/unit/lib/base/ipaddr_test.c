#include "lib/base/ipaddr.h"
#include "tests/support/check.h"

static struct ipaddr
ip(const char *text)
{
	struct ipaddr a;

	assert_ok(ipaddr_parse(str_of(text), &a));
	return a;
}

static struct ipnet
net(const char *text)
{
	struct ipnet n;

	assert_ok(ipnet_parse(str_of(text), &n));
	return n;
}

static void
assert_ip(struct ipaddr a, const char *text)
{
	struct arena arena = {0};

	assert_str(ipaddr_text(&arena, a), text);
	arena_free(&arena);
}

static void
test_addresses_have_one_text(void **state)
{
	struct arena arena = {0};

	(void)state;
	assert_ip(ip("1.2.3.4"), "1.2.3.4");
	assert_ip(ip("2001:DB8:0:0:0:0:0:1"), "2001:db8::1");
	assert_ip(ip("::"), "::");
	assert_true(str_empty(ipaddr_text(&arena, (struct ipaddr){.size = 0})));
	arena_free(&arena);
}

static void
expect_place(const char *address, const char *network, const char *region)
{
	struct arena arena = {0};
	struct ipaddr_place place = ipaddr_place(&arena, str_of(address));

	assert_str(place.network, network);
	assert_str(place.region, region);
	arena_free(&arena);
}

static void
test_an_address_is_in_a_network_and_in_a_region(void **state)
{
	(void)state;
	expect_place("192.0.2.77", "192.0.2.77", "192.0.0.0");
	expect_place("2001:db8:7:8:9::1", "2001:db8:7:8::", "2001:db8::");
	expect_place("", "", "");
	assert_ip(ipaddr_neighbourhood(ip("192.0.2.77")), "192.0.2.0");
	assert_ip(ipaddr_neighbourhood(ip("2001:db8:7:8:9::1")), "2001:db8:7::");
}

static void
test_mapped_addresses_are_ipv4(void **state)
{
	(void)state;
	assert_int_equal(ip("::ffff:1.2.3.4").size, 4);
	assert_ip(ip("::ffff:1.2.3.4"), "1.2.3.4");
	assert_ip(ip("0:0:0:0:0:ffff:0102:0304"), "1.2.3.4");
	assert_int_equal(ip("::1.2.3.4").size, 16);
}

static void
test_other_spellings_are_refused(void **state)
{
	static const char *const bad[] = {"", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4",
		"1.2.3.4 ", " 1.2.3.4", "0x7f.0.0.1", "2130706433", "127.1", "[::1]", "::1%lo",
		"fe80::1%eth0", "1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9",
		"12345::", ":1::", "1.2.3.4:80", "localhost", "::ffff:1.2.3.04",
		"0000:0000:0000:0000:0000:0000:255.255.255.2555"};
	struct ipaddr a = {{9}, 4};

	(void)state;
	for (size_t i = 0; i < countof(bad); i++)
		assert_err(ipaddr_parse(str_of(bad[i]), &a), ERR_MALFORMED);
	assert_err(ipaddr_parse(STR("1.2.3.4\0"), &a), ERR_MALFORMED);
	assert_err(ipaddr_parse(STR_NONE, &a), ERR_MALFORMED);
	assert_int_equal(a.bytes[0], 9);
}

static void
test_limits_count_the_64_of_ipv6(void **state)
{
	struct ipaddr mapped = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 1, 2, 3, 4}, 16};

	(void)state;
	assert_ip(ipaddr_limit_key(ip("2001:db8:1:2:3:4:5:6")), "2001:db8:1:2::");
	assert_ip(ipaddr_limit_key(ip("2001:db8:1:3::1")), "2001:db8:1:3::");
	assert_ip(ipaddr_limit_key(ip("1.2.3.4")), "1.2.3.4");
	assert_ip(ipaddr_limit_key(mapped), "1.2.3.4");
	assert_int_equal(ipaddr_limit_key((struct ipaddr){.size = 0}).size, 0);
	assert_ip(ipaddr_site(ip("2001:db8:1:2:3:4:5:6")), "2001:db8:1::");
	assert_ip(ipaddr_site(mapped), "1.2.3.4");
}

static void
test_prefixes_hold_what_begins_like_them(void **state)
{
	struct ipnet ten = net("10.0.0.0/8"), odd = net("192.168.4.0/22"),
		     six = net("2001:db8::/33");
	struct ipnet all = net("0.0.0.0/0"), one = net("127.0.0.1");

	(void)state;
	assert_true(ipnet_has(&ten, ip("10.255.0.1")));
	assert_false(ipnet_has(&ten, ip("11.0.0.0")));
	assert_true(ipnet_has(&odd, ip("192.168.7.255")));
	assert_false(ipnet_has(&odd, ip("192.168.8.0")));
	assert_true(ipnet_has(&six, ip("2001:db8:7fff::1")));
	assert_false(ipnet_has(&six, ip("2001:db8:8000::1")));
	assert_true(ipnet_has(&all, ip("9.9.9.9")));
	assert_false(ipnet_has(&all, ip("::1")));
	assert_false(ipnet_has(&all, (struct ipaddr){.size = 0}));
	assert_true(ipnet_has(&one, ip("::ffff:127.0.0.1")));
	assert_false(ipnet_has(&one, ip("127.0.0.2")));
}

static void
test_mapped_prefixes_are_ipv4(void **state)
{
	struct ipnet ten = net("::ffff:10.0.0.0/104");

	(void)state;
	assert_int_equal(ten.bits, 8);
	assert_true(ipnet_has(&ten, ip("10.1.2.3")));
}

static void
test_mistaken_prefixes_are_refused(void **state)
{
	static const char *const bad[] = {"", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1",
		"10.0.0.0/-0", "10.0.0.0/+8", "10.0.0.0/08", "10.0.0.0/8/8", "10.0.0.0/8 ",
		"10.1.0.0/8", "10/8", "::/129", "2001:db8::1/32", "::ffff:10.0.0.0/90",
		"10.0.0.0/0x8", "10.0.0.0/1111"};
	struct ipnet n;

	(void)state;
	for (size_t i = 0; i < countof(bad); i++)
		assert_err(ipnet_parse(str_of(bad[i]), &n), ERR_MALFORMED);
}

static struct ipaddr
behind(const char *peer, const char *list)
{
	struct ipnet trusted[] = {net("10.0.0.0/8"), net("fd00::/8")};

	return ipaddr_behind_proxies(ip(peer), str_of(list), trusted, countof(trusted));
}

static void
test_only_trusted_peers_are_believed(void **state)
{
	(void)state;
	assert_ip(behind("1.2.3.4", "9.9.9.9"), "1.2.3.4");
	assert_ip(behind("10.0.0.1", "9.9.9.9"), "9.9.9.9");
	assert_ip(behind("fd00::1", "2001:db8::1"), "2001:db8::1");
	assert_ip(behind("10.0.0.1", NULL), "10.0.0.1");
	assert_ip(ipaddr_behind_proxies(ip("10.0.0.1"), STR("9.9.9.9"), NULL, 0), "10.0.0.1");
	assert_int_equal(
		ipaddr_behind_proxies((struct ipaddr){.size = 0}, STR("9.9.9.9"), NULL, 0).size, 0);
}

static void
test_mapped_peer_is_a_trusted_ipv4_proxy(void **state)
{
	struct ipaddr mapped = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, 0, 1}, 16};
	struct ipnet trusted = net("10.0.0.0/8");

	(void)state;
	assert_ip(ipaddr_behind_proxies(mapped, STR("9.9.9.9"), &trusted, 1), "9.9.9.9");
}

static void
test_the_rightmost_untrusted_hop_is_the_client(void **state)
{
	(void)state;
	assert_ip(behind("10.0.0.1", "6.6.6.6, 9.9.9.9 ,10.1.1.1"), "9.9.9.9");
	assert_ip(behind("10.0.0.1", "garbage, 9.9.9.9"), "9.9.9.9");
	assert_ip(behind("10.0.0.1", "10.2.2.2,10.1.1.1"), "10.2.2.2");
	assert_ip(behind("10.0.0.1", "::ffff:9.9.9.9"), "9.9.9.9");
}

/* Neither the proxy's own, nor what stands further left. */
static void
test_a_hop_that_cannot_be_read_is_nobody(void **state)
{
	static const char *const bad[] = {"x", "9.9.9.9,x", "9.9.9.9,", ",", "unknown", "_hidden",
		"\"_hidden\"", "9.9.9.9 8.8.8.8", "9.9.9.9;", "9.9.9.9:", "9.9.9.9:x",
		"9.9.9.9:65536", "9.9.9.9:80:80", "[9.9.9.9", "[2001:db8::1", "2001:db8::1]",
		"[2001:db8::1]x", "[2001:db8::1]:", "[2001:db8::1]:70000", "\"9.9.9.9", "\"\"",
		"[]", "%eth0", "1.2.3"};

	(void)state;
	for (size_t i = 0; i < countof(bad); i++)
		if (behind("10.0.0.1", bad[i]).size)
			fail_msg("%s is somebody", bad[i]);
}

static void
test_proxies_write_addresses_in_more_ways_than_one(void **state)
{
	(void)state;
	assert_ip(behind("10.0.0.1", "9.9.9.9:80"), "9.9.9.9");
	assert_ip(behind("10.0.0.1", "\"9.9.9.9:47011\""), "9.9.9.9");
	assert_ip(behind("10.0.0.1", "[2001:db8::1]"), "2001:db8::1");
	assert_ip(behind("10.0.0.1", "[2001:db8::1]:4711"), "2001:db8::1");
	assert_ip(behind("10.0.0.1", "\"[2001:db8::1]:4711\""), "2001:db8::1");
	assert_ip(behind("10.0.0.1", "2001:db8::1"), "2001:db8::1");
	assert_ip(behind("10.0.0.1", "fe80::1%eth0"), "fe80::1");
	assert_ip(behind("10.0.0.1", "[fe80::1%25eth0]:80"), "fe80::1");
	assert_ip(behind("10.0.0.1", "6.6.6.6:1, 9.9.9.9:2 , 10.1.1.1:3"), "9.9.9.9");
}

static void
test_hops_are_limited(void **state)
{
	char list[1000] = "9.9.9.9";

	(void)state;
	for (int i = 1; i < 64; i++)
		strcat(list, ",10.1.1.1");
	assert_ip(behind("10.0.0.1", list), "9.9.9.9");
	strcat(list, ",10.1.1.1");
	assert_int_equal(behind("10.0.0.1", list).size, 0);
}

static void
test_only_what_everybody_reaches_is_public(void **state)
{
	static const char *const special[] = {"0.0.0.0", "0.255.1.1", "10.0.0.1", "100.64.0.1",
		"100.127.255.255", "127.0.0.1", "127.255.255.254", "169.254.169.254", "172.16.0.1",
		"172.31.255.255", "192.0.0.8", "192.168.0.1", "198.18.0.1", "198.19.255.255",
		"224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "::", "::1",
		"::127.0.0.1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::127.0.0.1",
		"64:ff9b::10.0.0.1", "64:ff9b:1::1", "100::1", "2001::1",
		"2002:7f00:1::", "fc00::1", "fdff::1", "fe80::1", "fec0::1", "ff02::1", "4000::1"};
	static const char *const global[] = {"1.1.1.1", "9.255.255.255", "11.0.0.0",
		"100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0", "172.15.255.255",
		"172.32.0.0", "192.0.1.0", "192.167.255.255", "198.17.255.255", "198.20.0.0",
		"223.255.255.255", "::ffff:1.1.1.1", "64:ff9b::1.1.1.1", "2001:200::1",
		"2606:4700::1111", "3fff::1"};
	struct ipaddr a;

	(void)state;
	for (size_t i = 0; i < countof(special); i++) {
		assert_ok(ipaddr_parse(str_of(special[i]), &a));
		assert_false(ipaddr_is_public(a));
	}
	for (size_t i = 0; i < countof(global); i++) {
		assert_ok(ipaddr_parse(str_of(global[i]), &a));
		assert_true(ipaddr_is_public(a));
	}
	assert_false(ipaddr_is_public((struct ipaddr){.size = 0}));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_addresses_have_one_text),
		cmocka_unit_test(test_an_address_is_in_a_network_and_in_a_region),
		cmocka_unit_test(test_mapped_addresses_are_ipv4),
		cmocka_unit_test(test_other_spellings_are_refused),
		cmocka_unit_test(test_limits_count_the_64_of_ipv6),
		cmocka_unit_test(test_prefixes_hold_what_begins_like_them),
		cmocka_unit_test(test_mapped_prefixes_are_ipv4),
		cmocka_unit_test(test_mistaken_prefixes_are_refused),
		cmocka_unit_test(test_only_trusted_peers_are_believed),
		cmocka_unit_test(test_mapped_peer_is_a_trusted_ipv4_proxy),
		cmocka_unit_test(test_the_rightmost_untrusted_hop_is_the_client),
		cmocka_unit_test(test_a_hop_that_cannot_be_read_is_nobody),
		cmocka_unit_test(test_proxies_write_addresses_in_more_ways_than_one),
		cmocka_unit_test(test_hops_are_limited),
		cmocka_unit_test(test_only_what_everybody_reaches_is_public),
	};

	return RUN(tests);
}
