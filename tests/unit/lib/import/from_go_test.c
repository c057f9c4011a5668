/* The move as a whole: all of it or nothing, once, and the trail says so. */
#include "tests/support/moving.h"

static void
add_mia(void)
{
	in_the_original("INSERT INTO users (id, username, password_hash, role) VALUES"
			" (" MIA ", 'mia', " BCRYPT ", 'admin')");
}

static void
test_the_trail_says_that_they_moved_in(void **state)
{
	(void)state;
	add_mia();
	move_in();
	assert_holds("count(*) = 1 FROM audit_log"
		     " WHERE detail = 'users=1 clients=0 consents=0 tokens=0 connections=0'");
}

static void
test_a_dry_run_tells_the_same_and_writes_nothing(void **state)
{
	char said[sizeof moving.said];

	(void)state;
	add_mia();
	in_the_original("INSERT INTO audit_logs VALUES ('a1')");
	moving.request.dry_run = true;
	move_in();
	assert_imported(FROM_GO_USERS, 1, 1);
	assert_holds("count(*) = 0 FROM users");
	assert_holds("count(*) = 0 FROM audit_log");
	memcpy(said, moving.said, sizeof said);
	moving.request.dry_run = false;
	move_in();
	assert_string_equal(moving.said, said);
	assert_told("1 audit log rows stay behind");
	assert_holds("count(*) = 1 FROM users");
}

static void
test_a_database_that_holds_something_is_refused(void **state)
{
	(void)state;
	add_mia();
	move_in();
	in_the_original("UPDATE users SET id = " TV ", username = 'zoe'");
	assert_err(try_to_move_in(), ERR_CONFLICT);
	assert_holds("count(*) = 1 FROM users WHERE username = 'mia'");
}

static void
test_what_is_no_database_of_the_original_leaves_nothing(void **state)
{
	(void)state;
	add_mia();
	in_the_original("DROP TABLE oauth_connections");
	assert_int_not_equal(try_to_move_in(), OK);
	assert_non_null(strstr(moving.diag.text, "no database of the Go original"));
	assert_holds("count(*) = 0 FROM users");
}

static void
test_a_database_is_not_moved_into_itself(void **state)
{
	(void)state;
	moving.request.from = moving.request.to;
	assert_err(try_to_move_in(), ERR_CONFIG);
	assert_holds("count(*) = 0 FROM users");
}

/* Ten of a kind are told, the rest is counted. */
static void
test_reasons_that_repeat_are_summed_up(void **state)
{
	(void)state;
	in_the_original(
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 450)"
		" INSERT INTO oauth_applications (client_id) SELECT 'c' || i FROM n");
	move_in();
	assert_imported(FROM_GO_CLIENTS, 0, 450);
	assert_told("clients: 440 more: left out: its client_id is no UUID");
}

/* I12: a foreign database's text goes to a terminal. */
static void
test_what_is_told_has_no_control_characters(void **state)
{
	(void)state;
	in_the_original("INSERT INTO oauth_applications (client_id) VALUES"
			" ('x' || char(27) || '[31m' || char(10) || char(155) || 'y')");
	move_in();
	assert_told("clients: x?[31m???y: left out");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		MOVING(test_the_trail_says_that_they_moved_in),
		MOVING(test_a_dry_run_tells_the_same_and_writes_nothing),
		MOVING(test_a_database_that_holds_something_is_refused),
		MOVING(test_what_is_no_database_of_the_original_leaves_nothing),
		MOVING(test_a_database_is_not_moved_into_itself),
		MOVING(test_reasons_that_repeat_are_summed_up),
		MOVING(test_what_is_told_has_no_control_characters),
	};

	return RUN(tests);
}
