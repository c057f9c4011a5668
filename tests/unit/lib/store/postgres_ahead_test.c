/*
 * Reading ahead: an announcement changes when a statement is asked, never what
 * comes of it; on both databases, though only PostgreSQL does anything.
 */
#include "tests/support/databases.h"

#include "lib/store/client.h"
#include "lib/store/user.h"

static struct store *store;
static struct arena arena;

static int
make_store(void **state)
{
	(void)state;
	if (database_make())
		return -1;
	store = database_open();
	return 0;
}

static int
remove_store(void **state)
{
	(void)state;
	store_close(store);
	arena_free(&arena);
	return database_remove();
}

static struct id
id_of(unsigned n)
{
	return (struct id){.bytes = {1, [15] = (uint8_t)n}};
}

static struct id
add(unsigned n, const char *username)
{
	struct user user = {.id = id_of(n), .username = str_of(username)};

	assert_ok(user_insert(store, &user));
	return user.id;
}

static void
announce(struct id id)
{
	store_read_ahead(store, SQL_USER_BY_ID, id);
}

static void
assert_named(struct id id, const char *username)
{
	struct user got;

	assert_ok(user_by_id(store, &arena, id, &got));
	assert_str(got.username, username);
}

static void
test_what_was_announced_is_found_in_any_order(void **state)
{
	struct id bob = add(20, "bob"), eve = add(21, "eve"), none = id_of(22);
	struct user got;

	(void)state;
	announce(bob);
	announce(none);
	announce(eve);
	announce(bob);
	assert_named(eve, "eve");
	assert_err(user_by_id(store, &arena, none, &got), ERR_NO_ROW);
	assert_named(bob, "bob");
	assert_named(bob, "bob");
	store_end_ahead(store);
	assert_named(bob, "bob");
}

static void
test_what_was_not_announced_is_found_between(void **state)
{
	struct id bob = add(20, "bob"), eve = add(21, "eve");
	int64_t count = 0;

	(void)state;
	announce(bob);
	assert_ok(user_count(store, &count));
	assert_int_equal(count, 2);
	assert_named(eve, "eve");
	assert_named(bob, "bob");
	announce(eve); /* too late to be sent, and no harm */
	assert_named(eve, "eve");
	store_end_ahead(store);
}

static void
test_more_than_is_kept_is_asked_as_ever(void **state)
{
	enum { COUNT = 100 };
	struct id ids[COUNT];

	(void)state;
	for (unsigned i = 0; i < COUNT; i++) {
		char name[16];

		(void)snprintf(name, sizeof name, "user%u", i);
		ids[i] = add(20 + i, name);
	}
	for (unsigned i = 0; i < COUNT; i++)
		announce(ids[i]);
	for (unsigned i = COUNT; i-- > 0;) {
		char name[16];

		(void)snprintf(name, sizeof name, "user%u", i);
		assert_named(ids[i], name);
	}
	store_end_ahead(store);
}

static void
test_a_batch_keeps_what_it_has_read_and_the_next_reads_anew(void **state)
{
	struct id bob = add(20, "bob");

	(void)state;
	announce(bob);
	assert_named(bob, "bob");
	database_raw("UPDATE users SET username = 'robert' WHERE username = 'bob'");
	assert_named(bob, database_is_sqlite() ? "robert" : "bob");
	store_end_ahead(store);
	announce(bob);
	assert_named(bob, "robert");
	store_end_ahead(store);
}

static void
test_what_nobody_asked_for_is_in_nobodys_way(void **state)
{
	struct id bob = add(20, "bob");

	(void)state;
	announce(bob);
	store_end_ahead(store);
	announce(bob);
	store_end_ahead(store);
	(void)add(21, "eve");
	assert_named(id_of(21), "eve");
}

static void
test_a_connection_lost_over_it_is_opened_again_without_an_error(void **state)
{
	struct id bob = add(20, "bob"), eve = add(21, "eve");

	(void)state;
	if (database_is_sqlite())
		return;
	announce(bob);
	announce(eve);
	database_raw("SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
		     "WHERE pid <> pg_backend_pid() AND application_name = 'authgate'");
	(void)usleep(50000);
	assert_named(bob, "bob");
	assert_named(eve, "eve");
	store_end_ahead(store);
	assert_named(bob, "bob");
}

static void
test_an_announced_statement_that_fails_is_asked_again_alone(void **state)
{
	struct id bob = add(20, "bob"), none = id_of(22);
	struct client client;
	struct user user;

	(void)state;
	if (database_is_sqlite())
		return;
	announce(bob);
	store_end_ahead(store);
	database_raw("ALTER TABLE users RENAME TO persons");
	announce(bob);
	store_read_ahead(store, SQL_CLIENT_BY_ID, none);
	assert_err(client_by_id(store, &arena, none, &client), ERR_NO_ROW);
	assert_err(user_by_id(store, &arena, bob, &user), ERR_STORE);
	store_end_ahead(store);
	database_raw("ALTER TABLE persons RENAME TO users");
	assert_named(bob, "bob");
}

#define ON(test) cmocka_unit_test_setup_teardown(test, make_store, remove_store)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON(test_what_was_announced_is_found_in_any_order),
		ON(test_what_was_not_announced_is_found_between),
		ON(test_more_than_is_kept_is_asked_as_ever),
		ON(test_a_batch_keeps_what_it_has_read_and_the_next_reads_anew),
		ON(test_what_nobody_asked_for_is_in_nobodys_way),
		ON(test_a_connection_lost_over_it_is_opened_again_without_an_error),
		ON(test_an_announced_statement_that_fails_is_asked_again_alone),
	};

	return database_each(tests);
}
