/* What a new password must be, and what changing it ends. */
#include "tests/support/store.h"

#include "lib/account/password_change.h"
#include "lib/crypto/password.h"

#define OLD "the old password"
#define NEW "a new password"

static struct context cx;
static struct password_change attempt;

static int
setup(void **state)
{
	if (make_place_store(state))
		return -1;
	cx = (struct context){
		.arena = &place.arena,
		.store = place.store,
		.now_ms = PLACE_NOW_MS,
		.request_id = STR("r"),
	};
	assert_ok(password_hash(&place.arena, STR(OLD), &place.user.password_hash));
	assert_ok(user_set_password_hash(
		place.store, place.user.id, place.user.password_hash, PLACE_NOW_MS));
	attempt = (struct password_change){
		.cx = &cx,
		.user = &place.user,
		.current = STR(OLD),
		.wanted = STR(NEW),
		.repeated = STR(NEW),
		.session = {.id = id_of(50),
			.user_id = place.user.id,
			.digest = sha256(STR("new")),
			.expires_ms = PLACE_NOW_MS + 1000},
	};
	for (unsigned n = 50; n < 53; n++)
		assert_ok(session_insert(
			place.store, &(struct session){.id = id_of(n), .user_id = place.user.id}));
	return 0;
}

static void
assert_refused(struct str wanted, struct str repeated, enum err why)
{
	attempt.wanted = wanted;
	attempt.repeated = repeated;
	assert_err(password_change_check(&attempt), why);
}

static void
test_passwords_that_will_not_do_are_refused_with_the_reason(void **state)
{
	static char big[PASSWORD_MAX + 1];

	(void)state;
	memset(big, 'x', sizeof big);
	assert_refused(STR_NONE, STR_NONE, ERR_PASSWORD_SHORT);
	assert_refused(STR("1234567"), STR("1234567"), ERR_PASSWORD_SHORT);
	assert_refused(STR("\xc3\xa9\xc3\xa9\xc3\xa9\xc3\xa9"), STR_NONE, ERR_PASSWORD_SHORT);
	assert_refused(
		(struct str){big, sizeof big}, (struct str){big, sizeof big}, ERR_PASSWORD_LONG);
	assert_refused(STR(NEW), STR("a new passwort"), ERR_PASSWORDS_DIFFER);
	assert_refused(STR(OLD), STR(OLD), ERR_PASSWORD_SAME);
	place.user.username = STR("miamiamia");
	assert_refused(STR("MiaMiaMia"), STR("MiaMiaMia"), ERR_PASSWORD_IS_NAME);
}

static void
test_the_longest_password_will_do(void **state)
{
	static char big[PASSWORD_MAX];

	(void)state;
	memset(big, 'x', sizeof big);
	attempt.wanted = attempt.repeated = (struct str){big, sizeof big};
	assert_ok(password_change_check(&attempt));
}

static void
test_eight_characters_will_do_in_any_script(void **state)
{
	(void)state;
	attempt.wanted = attempt.repeated =
		STR("\xe5\xaf\x86\xe7\xa0\x81\xe5\xaf\x86\xe7\xa0\x81\xe5\xaf\x86\xe7\xa0\x81"
		    "\xe5\xaf\x86\xe7\xa0\x81");
	assert_ok(password_change_check(&attempt));
}

static void
test_a_wrong_current_password_is_no_permission(void **state)
{
	(void)state;
	attempt.current = STR("the old passwort");
	assert_err(password_change_check(&attempt), ERR_BAD_CREDENTIALS);
	attempt.current = STR_NONE;
	assert_err(password_change_check(&attempt), ERR_BAD_CREDENTIALS);
	assert_int_equal(attempt.new_hash.n, 0);
}

static void
test_the_new_password_replaces_the_old_and_ends_other_sessions(void **state)
{
	struct session kept;
	struct user user;

	(void)state;
	assert_ok(password_change_check(&attempt));
	assert_ok(store_transaction(place.store, password_change_store, &attempt));
	assert_ok(user_by_id(place.store, &place.arena, place.user.id, &user));
	assert_ok(password_verify(user.password_hash, STR(NEW)));
	assert_err(password_verify(user.password_hash, STR(OLD)), ERR_BAD_CREDENTIALS);
	assert_int_equal(place_count("SELECT count(*) FROM sessions"), 1);
	assert_ok(session_by_id(place.store, &place.arena, id_of(50), &kept));
	assert_true(digest_eq(kept.digest, attempt.session.digest));
}

static void
test_a_password_that_changed_meanwhile_stays(void **state)
{
	(void)state;
	assert_ok(password_change_check(&attempt));
	assert_ok(user_set_password_hash(place.store, place.user.id, STR("$y$x"), PLACE_NOW_MS));
	assert_err(store_transaction(place.store, password_change_store, &attempt),
		ERR_ACCOUNT_CHANGED);
	assert_int_equal(place_count("SELECT count(*) FROM sessions"), 3);
	assert_int_equal(place_count("SELECT count(*) FROM users WHERE password_hash = '$y$x'"), 1);
}

/* What a sign-in that runs at the same time relies on. */
static void
test_a_proof_of_the_old_password_is_worth_nothing_afterwards(void **state)
{
	struct str old = place.user.password_hash;

	(void)state;
	assert_ok(user_check_password_hash(place.store, place.user.id, old));
	assert_ok(password_change_check(&attempt));
	assert_ok(store_transaction(place.store, password_change_store, &attempt));
	assert_err(user_check_password_hash(place.store, place.user.id, old), ERR_NO_ROW);
	assert_ok(user_check_password_hash(place.store, place.user.id, attempt.new_hash));
	place_sql("UPDATE users SET disabled_ms = 1");
	assert_err(
		user_check_password_hash(place.store, place.user.id, attempt.new_hash), ERR_NO_ROW);
}

static void
test_a_session_that_ended_meanwhile_changes_nothing(void **state)
{
	(void)state;
	assert_ok(password_change_check(&attempt));
	place_sql("DELETE FROM sessions");
	assert_err(store_transaction(place.store, password_change_store, &attempt),
		ERR_ACCOUNT_CHANGED);
	assert_int_equal(place_count("SELECT count(*) FROM audit_log"), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, remove_place_store)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(passwords_that_will_not_do_are_refused_with_the_reason),
		TEST(the_longest_password_will_do),
		TEST(eight_characters_will_do_in_any_script),
		TEST(a_wrong_current_password_is_no_permission),
		TEST(the_new_password_replaces_the_old_and_ends_other_sessions),
		TEST(a_password_that_changed_meanwhile_stays),
		TEST(a_proof_of_the_old_password_is_worth_nothing_afterwards),
		TEST(a_session_that_ended_meanwhile_changes_nothing),
	};

	return RUN(tests);
}
