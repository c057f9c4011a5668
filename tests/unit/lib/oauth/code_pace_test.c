/* What guesses at user codes cost, over months. */
#include "tests/support/check.h"

#include "lib/oauth/code_pace.h"
#include "lib/oauth/user_code.h"

#include <math.h>

enum { MINUTE_MS = 60 * 1000, DAY = 24 * 60, DAYS = 30, ACCOUNTS = 100 };

static const int64_t start_ms = 1700000000000;
static struct limiter *limits;

static int
make(void **state)
{
	(void)state;
	limits = limiter_new(65536);
	return 0;
}

static int
destroy(void **state)
{
	(void)state;
	limiter_free(limits);
	return 0;
}

static struct code_pace
pace_of(int account, int network)
{
	struct code_pace p = {.limits = limits, .ip = {{10, 0, 0, 1}, 4}};

	p.user.bytes[0] = 1;
	p.user.bytes[1] = (unsigned char)(account >> 8);
	p.user.bytes[2] = (unsigned char)account;
	p.ip.bytes[1] = (uint8_t)(network >> 8);
	p.ip.bytes[2] = (uint8_t)network;
	return p;
}

/* Tries until it has to wait; how often it need not. */
static int64_t
guess(int account, int network, int64_t now_ms)
{
	struct code_pace p = pace_of(account, network);
	int64_t count = 0;

	while (!code_pace_take(&p, now_ms))
		count++;
	return count;
}

static void
assert_mistakes_are_free(int account, int network, int64_t now_ms)
{
	for (int i = 0; i < 5; i++) {
		struct code_pace p = pace_of(account, network);

		assert_int_equal(code_pace_take(&p, now_ms), 0);
	}
}

/* As many as there are, each minute anew, for a month, of which a year has 12.2. */
static int64_t
guesses_of_a_month(int accounts)
{
	int64_t guesses = 0;

	for (int minute = 0; minute < DAYS * DAY; minute++)
		for (int i = 0; i < accounts; i++)
			guesses += guess(i, i, start_ms + (int64_t)minute * MINUTE_MS);
	return guesses;
}

static void
a_hundred_accounts_in_a_hundred_networks_hit_less_than_once_a_year(void **state)
{
	int64_t guesses = guesses_of_a_month(ACCOUNTS);
	double odds = USER_CODES_OPEN_MAX / pow(USER_CODE_ALPHABET, USER_CODE_LENGTH_MIN);
	double hits_a_year = (double)guesses * 365 / DAYS * odds;

	(void)state;
	assert_true(guesses > 0);
	assert_true(hits_a_year < 0.1);
	/* Next to them, and in the midst of them, nobody waits who mistypes. */
	assert_mistakes_are_free(1000, 5000, start_ms + (int64_t)DAYS * DAY * MINUTE_MS);
	assert_mistakes_are_free(1001, 7, start_ms + (int64_t)DAYS * DAY * MINUTE_MS);
}

static void
one_account_in_many_networks_has_one_budget(void **state)
{
	int64_t guesses = 0;

	(void)state;
	for (int network = 0; network < 10000; network++)
		guesses += guess(1, network, start_ms);
	assert_int_equal(guesses, 10);
	for (int minute = 0; minute < DAY; minute++)
		guesses += guess(1, minute, start_ms + (int64_t)minute * MINUTE_MS);
	assert_true(guesses <= 10 + DAY / 5);
}

static void
many_accounts_in_one_network_have_a_common_budget(void **state)
{
	int64_t guesses = 0;

	(void)state;
	for (int account = 0; account < 200; account++)
		guesses += guess(account, 1, start_ms);
	/* Their shares, and what the network has above those. */
	assert_int_equal(guesses, 200 * 5 + 30);
}

static void
many_networks_of_a_neighbourhood_have_a_common_budget(void **state)
{
	int64_t guesses = 0;

	(void)state;
	for (int account = 0; account < 200; account++) {
		struct code_pace p = pace_of(account, 1);

		p.ip = (struct ipaddr){{0x20, 1, 0xd, 0xb8, 0, 7, 0, (uint8_t)account}, 16};
		while (!code_pace_take(&p, start_ms))
			guesses++;
	}
	assert_int_equal(guesses, 200 * 5 + 100);
}

static void
all_networks_have_a_common_budget(void **state)
{
	int64_t guesses = 0;

	(void)state;
	for (int account = 0; account < 500; account++)
		guesses += guess(account, account, start_ms);
	assert_int_equal(guesses, 500 * 5 + 1000);
	assert_mistakes_are_free(1000, 3, start_ms);
}

static void
what_is_given_back_is_there_again(void **state)
{
	(void)state;
	for (int i = 0; i < 100; i++) {
		struct code_pace p = pace_of(1, 1);

		assert_int_equal(code_pace_take(&p, start_ms), 0);
		code_pace_give_back(&p);
	}
	/* Above the share too. */
	assert_mistakes_are_free(1, 1, start_ms);
	for (int i = 0; i < 100; i++) {
		struct code_pace p = pace_of(1, 1);

		assert_int_equal(code_pace_take(&p, start_ms), 0);
		assert_false(p.is_own);
		code_pace_give_back(&p);
	}
	assert_int_equal(guess(1, 1, start_ms), 5);
}

#define ON(test) cmocka_unit_test_setup_teardown(test, make, destroy)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON(a_hundred_accounts_in_a_hundred_networks_hit_less_than_once_a_year),
		ON(one_account_in_many_networks_has_one_budget),
		ON(many_accounts_in_one_network_have_a_common_budget),
		ON(many_networks_of_a_neighbourhood_have_a_common_budget),
		ON(all_networks_have_a_common_budget),
		ON(what_is_given_back_is_there_again),
	};

	return RUN(tests);
}
