#include "lib/base/ipaddr.h"
#include "lib/base/shares.h"
#include "tests/support/check.h"

static struct party
party(const char *text)
{
	struct ipaddr ip;

	assert_ok(ipaddr_parse(str_of(text), &ip));
	return party_of_address(ip);
}

static size_t
common_levels(const char *one, const char *other)
{
	struct party a = party(one), b = party(other);
	size_t n = 0;

	for (size_t i = 0; i < SHARES_LEVELS; i++)
		n += a.levels[i] == b.levels[i];
	return n;
}

static void
test_an_address_is_counted_with_its_networks(void **state)
{
	(void)state;
	assert_int_equal(common_levels("2001:db8:1:2::3", "2001:db8:1:2:9::4"), 3);
	assert_int_equal(common_levels("2001:db8:1:2::3", "2001:db8:1:3::3"), 2);
	assert_int_equal(common_levels("2001:db8:1:2::3", "2001:db8:2:2::3"), 1);
	assert_int_equal(common_levels("2001:db8:1:2::3", "2001:db9:1:2::3"), 0);
	assert_int_equal(common_levels("192.0.2.1", "::ffff:192.0.2.1"), 3);
	assert_int_equal(common_levels("192.0.2.1", "192.0.2.2"), 2);
	assert_int_equal(common_levels("192.0.2.1", "192.0.3.1"), 1);
	assert_int_equal(common_levels("192.0.2.1", "192.1.2.1"), 0);
	assert_int_equal(party_of_address((struct ipaddr){.size = 0}).levels[0], 0);
}

enum { CROWD = 500 };

static void
test_counts_stay_right_whoever_comes_and_goes(void **state)
{
	struct shares *s = shares_new(CROWD);
	struct party crowd[CROWD];
	size_t counts[CROWD] = {0};
	unsigned random = 1;

	(void)state;
	for (size_t i = 0; i < CROWD; i++)
		crowd[i] = (struct party){{1 + i % 97, 1 + i % 13, 1 + i % 3}};
	for (size_t step = 0; step < 200 * CROWD; step++) {
		size_t i = (random = random * 1103515245 + 12345) / 65536 % CROWD;

		if (counts[i]) {
			shares_give_back(s, &crowd[i]);
			counts[i]--;
		} else {
			shares_take(s, &crowd[i]);
			counts[i]++;
		}
	}
	for (size_t i = 0; i < CROWD; i++) {
		size_t wanted = 0;

		for (size_t j = 0; j < CROWD; j++)
			wanted += counts[j] && j % 97 == i % 97;
		assert_int_equal(shares_held(s, &crowd[i], 0), wanted);
	}
	for (size_t i = 0; i < CROWD; i++)
		if (counts[i])
			shares_give_back(s, &crowd[i]);
	for (size_t i = 0; i < CROWD; i++)
		assert_int_equal(shares_mean(s, &crowd[i]), 0);
	shares_free(s);
}

static void
test_who_shares_a_wide_network_only_is_between_stranger_and_crowd(void **state)
{
	struct shares *s = shares_new(60);
	struct party crowd = party("2001:db8:1:2::3"), same = party("2001:db8:7::1");
	struct party nobody = {{0}}, stranger = party("2001:db9::1");

	(void)state;
	for (size_t i = 0; i < 60; i++)
		shares_take(s, &crowd);
	assert_int_equal(shares_mean(s, &crowd), 60);
	assert_int_equal(shares_mean(s, &same), 20);
	assert_int_equal(shares_mean(s, &stranger), 0);
	shares_take(s, &nobody);
	assert_int_equal(shares_mean(s, &nobody), 0);
	shares_free(s);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_address_is_counted_with_its_networks),
		cmocka_unit_test(test_counts_stay_right_whoever_comes_and_goes),
		cmocka_unit_test(test_who_shares_a_wide_network_only_is_between_stranger_and_crowd),
	};

	return RUN(tests);
}
