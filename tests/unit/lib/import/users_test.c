/* People keep their ids, names and passwords; what cannot come along is told. */
#include "tests/support/moving.h"

static void
add(const char *id, const char *columns, const char *values)
{
	in_the_original(arena_printf(&place.arena, "INSERT INTO users (id, %s) VALUES ('%s%s', %s)",
		columns, "11111111-1111-4111-8111-1111111111", id, values));
}

static void
test_a_user_is_who_it_was(void **state)
{
	(void)state;
	add("11", "username, email, password_hash, role, full_name, updated_at",
		"'mia', 'Mia@Example.org', " BCRYPT ", 'admin', 'Mia Ähm', '2023-01-02 03:04:06Z'");
	move_in();
	assert_imported(FROM_GO_USERS, 1, 1);
	assert_string_equal(moving.said, "");
	assert_holds("hex(id) = '11111111111141118111111111111111' AND username = 'mia'"
		     " AND email = 'mia@example.org' AND password_hash = " BCRYPT
		     " AND role = 'admin' AND full_name = 'Mia Ähm' AND disabled_ms IS NULL"
		     " AND created_ms = 1672628645000 AND updated_ms = 1672628646000 FROM users");
}

static void
test_who_was_disabled_stays_so(void **state)
{
	(void)state;
	add("11", "username, password_hash, role, is_active", "'off', " BCRYPT ", 'admin', 0");
	move_in();
	assert_holds("disabled_ms = updated_ms FROM users");
	assert_told("no active admin");
}

static void
test_of_names_that_differ_in_case_the_canonical_one_stays(void **state)
{
	(void)state;
	add("11", "username, email", "'Bob', 'b@example.org'");
	add("12", "username, email", "'bob', ''");
	add("13", "username, email", "'Carl', 'c@example.org'");
	add("14", "username, email", "'a b', 'd@example.org'");
	move_in();
	assert_imported(FROM_GO_USERS, 2, 4);
	assert_holds("hex(id) LIKE '%12' FROM users WHERE username = 'bob'");
	assert_holds("hex(id) LIKE '%13' FROM users WHERE username = 'carl'");
	assert_told("users: Bob: left out: without regard to case");
	assert_told("users: a b: left out: a username has");
}

static void
test_an_address_is_one_users(void **state)
{
	(void)state;
	add("11", "username, email", "'mia', 'one@example.org'");
	add("12", "username, email", "'zoe', 'ONE@example.org'");
	add("13", "username, email", "'eve', 'no address'");
	move_in();
	assert_holds("count(*) = 2 FROM users WHERE email IS NULL");
	assert_holds("email = 'one@example.org' FROM users WHERE username = 'mia'");
	assert_told("users: zoe: comes without its address: without regard to case");
	assert_told(
		"users: eve: comes without its address, which does not look like one: no address");
}

static void
test_only_passwords_that_can_be_checked_come_along(void **state)
{
	(void)state;
	add("11", "username, password_hash, auth_source", "'ext', " BCRYPT ", 'http_api'");
	add("12", "username, password_hash", "'none', ''");
	add("13", "username, password_hash", "'plain', 'secret'");
	add("14", "username, password_hash", "'cut', substr(" BCRYPT ", 1, 59)");
	add("15", "username, password_hash", "'odd', substr(" BCRYPT ", 1, 59) || char(10)");
	move_in();
	assert_imported(FROM_GO_USERS, 5, 5);
	assert_holds("count(*) = 5 FROM users WHERE COALESCE(password_hash, '') = ''");
	assert_told("users: ext: comes without a password: an HTTP API knew it");
	assert_told("users: none: has no password");
	assert_told("users: plain: comes without a password: the hash is no bcrypt");
	assert_told("users: cut: comes without a password");
	assert_told("users: odd: comes without a password");
}

/* I3: nobody becomes an admin by a role that we do not know. */
static void
test_an_unknown_role_is_an_ordinary_user(void **state)
{
	(void)state;
	add("11", "username, role", "'mia', 'ADMIN'");
	move_in();
	assert_holds("role = 'user' FROM users");
	assert_told("users: mia: comes as an ordinary user: its role is unknown: ADMIN");
}

static void
test_names_and_ids_that_do_not_fit_are_told(void **state)
{
	(void)state;
	add("11", "username, full_name", "'long', hex(zeroblob(65))");
	add("12", "username, full_name", "'latin', CAST(x'4dfc6c6c6572' AS TEXT)");
	in_the_original("INSERT INTO users (id, username) VALUES ('17', 'seventeen')");
	move_in();
	assert_imported(FROM_GO_USERS, 2, 3);
	assert_holds("count(*) = 2 FROM users WHERE COALESCE(full_name, '') = ''");
	assert_told("users: long: comes without its full name");
	assert_told("users: latin: comes without its full name");
	assert_told("users: seventeen: left out: its id is no UUID: 17");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		MOVING(test_a_user_is_who_it_was),
		MOVING(test_who_was_disabled_stays_so),
		MOVING(test_of_names_that_differ_in_case_the_canonical_one_stays),
		MOVING(test_an_address_is_one_users),
		MOVING(test_only_passwords_that_can_be_checked_come_along),
		MOVING(test_an_unknown_role_is_an_ordinary_user),
		MOVING(test_names_and_ids_that_do_not_fit_are_told),
	};

	return RUN(tests);
}
