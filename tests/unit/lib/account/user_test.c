/* Usernames, and who may sign in. */
#include "tests/support/store.h"

#include "lib/account/user.h"
#include "lib/base/clock.h"
#include "lib/crypto/password.h"

static void
test_username_has_one_spelling(void **state)
{
	struct arena arena = {0};
	struct str name;

	(void)state;
	assert_ok(username_canonical(&arena, STR(" Mia.Smith@Example.org "), &name));
	assert_str(name, "mia.smith@example.org");
	arena_free(&arena);
}

static void
test_username_of_other_characters_is_refused(void **state)
{
	static const struct str wrong[] = {{"", 0}, {" ", 1}, {"a b", 3}, {"a\0b", 3}, {"a\nb", 3},
		{"m\xd1\x96\x61", 4}, {"a'--", 4}};
	struct arena arena = {0};
	struct str name;
	char big[USERNAME_MAX + 1];

	(void)state;
	for (size_t i = 0; i < countof(wrong); i++)
		assert_err(username_canonical(&arena, wrong[i], &name), ERR_MALFORMED);
	memset(big, 'a', sizeof big);
	assert_err(username_canonical(&arena, (struct str){big, sizeof big}, &name), ERR_MALFORMED);
	arena_free(&arena);
}

/* Of "U*U". */
#define BCRYPT "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"

static void
set_hash(struct str hash)
{
	assert_ok(user_set_password_hash(place.store, place.user.id, hash, PLACE_NOW_MS));
}

static enum err
login(const char *username, const char *password, struct str *ret_better)
{
	const struct context cx = {
		.arena = &place.arena, .store = place.store, .now_ms = PLACE_NOW_MS};
	struct user user = {.username = STR("untouched")};
	enum err e;

	*ret_better = STR("untouched");
	e = login_check(&cx, str_of(username), str_of(password), &user, ret_better);
	assert_str(user.username, e ? "untouched" : "mia");
	if (e)
		assert_str(*ret_better, "untouched");
	return e;
}

static void
test_the_right_password_signs_in_and_no_other(void **state)
{
	struct str hash, better;

	(void)state;
	assert_ok(password_hash(&place.arena, STR("correct horse"), &hash));
	set_hash(hash);
	assert_ok(login(" Mia", "correct horse", &better));
	assert_int_equal(better.n, 0);
	assert_err(login("mia", "correct horsf", &better), ERR_BAD_CREDENTIALS);
	assert_err(login("mia", "", &better), ERR_BAD_CREDENTIALS);
	assert_err(login("bob", "correct horse", &better), ERR_BAD_CREDENTIALS);
	assert_err(login("m i a", "correct horse", &better), ERR_BAD_CREDENTIALS);
	assert_err(login("", "correct horse", &better), ERR_BAD_CREDENTIALS);
}

static void
test_a_user_without_a_password_cannot_sign_in(void **state)
{
	struct str better;

	(void)state;
	assert_err(login("mia", "", &better), ERR_BAD_CREDENTIALS);
	assert_err(login("mia", "nobody has this password", &better), ERR_BAD_CREDENTIALS);
	set_hash(STR("plain"));
	assert_err(login("mia", "plain", &better), ERR_BAD_CREDENTIALS);
}

static void
test_only_who_knows_the_password_learns_that_the_account_is_disabled(void **state)
{
	struct str better;

	(void)state;
	set_hash(STR(BCRYPT));
	place_sql("UPDATE users SET disabled_ms = 1");
	assert_err(login("mia", "U*V", &better), ERR_BAD_CREDENTIALS);
	assert_err(login("mia", "U*U", &better), ERR_ACCOUNT_DISABLED);
}

static void
test_an_old_hash_is_replaced_by_one_that_works(void **state)
{
	struct str better;

	(void)state;
	set_hash(STR(BCRYPT));
	assert_ok(login("mia", "U*U", &better));
	assert_true(str_starts(better, STR("$y$")));
	set_hash(better);
	assert_ok(login("mia", "U*U", &better));
	assert_int_equal(better.n, 0);
}

static void
test_a_broken_database_is_no_wrong_password(void **state)
{
	struct str better;

	(void)state;
	place_sql("ALTER TABLE users RENAME TO gone");
	assert_err(login("mia", "U*U", &better), ERR_STORE);
}

/* The median of five, so that a busy machine does not decide. */
static int64_t
cost_us(const char *username)
{
	int64_t costs[5];
	struct str better;

	for (size_t i = 0; i < countof(costs); i++) {
		int64_t start = clock_monotonic_us(), cost;
		size_t at = i;

		assert_err(login(username, "wrong horse", &better), ERR_BAD_CREDENTIALS);
		for (cost = clock_monotonic_us() - start; at && costs[at - 1] > cost; at--)
			costs[at] = costs[at - 1];
		costs[at] = cost;
	}
	return costs[countof(costs) / 2];
}

static void
test_an_unknown_user_takes_as_long_as_a_wrong_password(void **state)
{
	struct str hash, better;
	int64_t known, unknown;

	(void)state;
	assert_ok(password_hash(&place.arena, STR("correct horse"), &hash));
	set_hash(hash);
	assert_err(login("bob", "x", &better), ERR_BAD_CREDENTIALS);
	known = cost_us("mia");
	unknown = cost_us("bob");
	assert_true(unknown > known / 3 && unknown < known * 3);
	assert_true(unknown > 1000);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_username_has_one_spelling),
		cmocka_unit_test(test_username_of_other_characters_is_refused),
		IN_PLACE(test_the_right_password_signs_in_and_no_other),
		IN_PLACE(test_a_user_without_a_password_cannot_sign_in),
		IN_PLACE(test_only_who_knows_the_password_learns_that_the_account_is_disabled),
		IN_PLACE(test_an_old_hash_is_replaced_by_one_that_works),
		IN_PLACE(test_a_broken_database_is_no_wrong_password),
		IN_PLACE(test_an_unknown_user_takes_as_long_as_a_wrong_password),
	};

	return RUN(tests);
}
