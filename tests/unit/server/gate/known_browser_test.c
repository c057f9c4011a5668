#include "tests/support/store.h"

#include "lib/crypto/digest.h"
#include "server/gate/known_browser.h"
#include "server/server.h"

#include "lib/store/revocation.h"

static const int64_t day_ms = 86400000;
static const int64_t start_ms = 1700000000000;

struct world {
	struct server server;
	struct exchange x;
	struct header cookie;
	struct arena arena; /* of what outlives an exchange */
};

static const char *const names[] = {"ann", "ben", "cleo", "dora", "emil"};

static struct world w;
static struct issuer issuer;

static void
next_request(struct str cookie, int64_t now_ms)
{
	exchange_reset(&w.x);
	w.x.server = &w.server;
	w.x.cx.now_ms = now_ms;
	w.x.cx.store = place.store;
	w.x.cx.arena = &w.x.arena;
	w.x.cx.issuer = &issuer;
	w.cookie = (struct header){STR("cookie"), cookie};
	w.x.request.headers = &w.cookie;
	w.x.request.header_count = 1;
}

/* Signs in; what the browser sends from then on. */
static struct str
sign_in(struct str cookie, const char *name, int64_t now_ms)
{
	struct user user;
	struct str line;

	next_request(cookie, now_ms);
	assert_ok(user_by_name(place.store, &w.arena, str_of(name), &user));
	known_browser_remember(&w.x, &user);
	assert_int_equal(w.x.reply.header_count, 1);
	line = w.x.reply.headers[0].value;
	return str_copy(&w.arena, str_cut(&line, ';'));
}

static bool
knows(struct str cookie, const char *name, int64_t now_ms)
{
	struct known_browser b;

	next_request(cookie, now_ms);
	return known_browser_read(&w.x, &b) && known_browser_knows(&w.x, &b, str_of(name));
}

static int
make(void **state)
{
	if (make_place_store(state))
		return -1;
	memset(&w, 0, sizeof w);
	assert_ok(crypto_init());
	w.server.https = true;
	rolling_key_derive(&w.server.browser_key, STR("0123456789abcdef0123456789abcdef"), STR_NONE,
		"browser");
	for (size_t i = 0; i < countof(names); i++)
		assert_ok(user_insert(place.store, &(struct user){.id = id_of(50 + (unsigned)i),
							   .username = str_of(names[i]),
							   .role = STR("user"),
							   .created_ms = start_ms,
							   .updated_ms = start_ms}));
	return 0;
}

static int
destroy(void **state)
{
	rolling_key_free(&w.server.browser_key);
	arena_free(&w.arena);
	arena_free(&w.x.arena);
	return remove_place_store(state);
}

static void
test_a_browser_knows_who_signed_in_on_it(void **state)
{
	struct str cookie = sign_in(STR_NONE, "mia", start_ms);

	(void)state;
	assert_true(str_starts(cookie, STR("__Host-authgate_known=")));
	assert_true(knows(cookie, "mia", start_ms));
	assert_true(knows(cookie, " MIA ", start_ms));
	assert_false(knows(cookie, "tom", start_ms));
	assert_false(knows(cookie, "", start_ms));
	assert_false(knows(STR_NONE, "mia", start_ms));
}

static void
test_it_remembers_four_names(void **state)
{
	struct str cookie = STR_NONE;

	(void)state;
	for (size_t i = 0; i < countof(names); i++)
		cookie = sign_in(cookie, names[i], start_ms);
	assert_false(knows(cookie, "ann", start_ms));
	for (size_t i = 1; i < countof(names); i++)
		assert_true(knows(cookie, names[i], start_ms));
	/* Once more is no other name. */
	cookie = sign_in(cookie, "ben", start_ms);
	assert_true(knows(cookie, "cleo", start_ms));
}

static void
test_it_forgets_in_half_a_year(void **state)
{
	struct str cookie = sign_in(STR_NONE, "mia", start_ms);

	(void)state;
	assert_true(knows(cookie, "mia", start_ms + 180 * day_ms));
	assert_false(knows(cookie, "mia", start_ms + 180 * day_ms + 1));
}

static void
test_it_forgets_whose_access_was_taken_back(void **state)
{
	struct str both = sign_in(sign_in(STR_NONE, "ben", start_ms), "mia", start_ms);

	(void)state;
	assert_ok(revocation_of_user(place.store, place.user.id, start_ms + 1));
	assert_false(knows(both, "mia", start_ms + 2));
	assert_true(knows(both, "ben", start_ms + 2));
	assert_true(knows(sign_in(both, "mia", start_ms + 2), "mia", start_ms + 3));
}

static void
test_who_takes_all_back_stays_known_where_they_are(void **state)
{
	struct str here = sign_in(STR_NONE, "mia", start_ms), line;

	(void)state;
	next_request(here, start_ms + 1);
	w.x.user = place.user;
	known_browser_stay(&w.x);
	line = w.x.reply.headers[0].value;
	line = str_copy(&w.arena, str_cut(&line, ';'));
	assert_ok(revocation_of_user(place.store, place.user.id, start_ms + 1));
	assert_false(knows(here, "mia", start_ms + 2));
	assert_true(knows(line, "mia", start_ms + 2));
}

static void
test_who_comes_back_stays_known(void **state)
{
	struct str cookie = STR_NONE;

	(void)state;
	for (int64_t now_ms = start_ms; now_ms < start_ms + 1000 * day_ms; now_ms += 20 * day_ms) {
		cookie = sign_in(cookie, "mia", now_ms);
		assert_true(knows(cookie, "mia", now_ms));
	}
}

static void
test_every_bit_is_under_the_seal(void **state)
{
	struct str cookie = sign_in(STR_NONE, "mia", start_ms);

	(void)state;
	for (size_t at = strlen("__Host-authgate_known="); at < cookie.n; at++) {
		struct str changed = str_copy(&w.arena, cookie);
		char *p = arena_copy(&w.arena, changed.p, changed.n);

		p[at] = p[at] == 'A' ? 'B' : 'A';
		if (p[at] != cookie.p[at])
			assert_false(knows((struct str){p, cookie.n}, "mia", start_ms));
	}
	rolling_key_free(&w.server.browser_key);
	rolling_key_derive(&w.server.browser_key, STR("another key another key another!"), STR_NONE,
		"browser");
	assert_false(knows(cookie, "mia", start_ms));
}

static void
roll(const char *secret, const char *previous)
{
	rolling_key_free(&w.server.browser_key);
	rolling_key_derive(&w.server.browser_key, str_of(secret), str_of(previous), "browser");
}

/* Names of before and after are side by side in one cookie. */
static void
test_a_browser_is_known_while_the_secret_changes(void **state)
{
	struct str old = sign_in(STR_NONE, "mia", start_ms), both;

	(void)state;
	roll("another key another key another!", "0123456789abcdef0123456789abcdef");
	assert_true(knows(old, "mia", start_ms));
	both = sign_in(old, "ben", start_ms);
	assert_true(knows(both, "mia", start_ms) && knows(both, "ben", start_ms));
	roll("another key another key another!", "");
	assert_false(knows(old, "mia", start_ms));
	assert_true(knows(both, "ben", start_ms));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_a_browser_knows_who_signed_in_on_it, make, destroy),
		cmocka_unit_test_setup_teardown(test_it_remembers_four_names, make, destroy),
		cmocka_unit_test_setup_teardown(
			test_a_browser_is_known_while_the_secret_changes, make, destroy),
		cmocka_unit_test_setup_teardown(test_it_forgets_in_half_a_year, make, destroy),
		cmocka_unit_test_setup_teardown(
			test_it_forgets_whose_access_was_taken_back, make, destroy),
		cmocka_unit_test_setup_teardown(
			test_who_takes_all_back_stays_known_where_they_are, make, destroy),
		cmocka_unit_test_setup_teardown(test_who_comes_back_stays_known, make, destroy),
		cmocka_unit_test_setup_teardown(test_every_bit_is_under_the_seal, make, destroy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
