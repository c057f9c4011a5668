/*
 * What PostgreSQL does and SQLite does not: lost connections, locks, deadlocks,
 * plans.  Runs if TEST_POSTGRES is a DSN.
 */
#include "tests/support/databases.h"

#include "lib/base/clock.h"
#include "lib/store/client.h"
#include "lib/store/migrate.h"
#include "lib/store/session.h"
#include "lib/store/user.h"

#include <libpq-fe.h>
#include <pthread.h>

static struct store *store;
static struct arena arena;
static struct diag diag;

static struct id
id_of(unsigned n)
{
	return (struct id){.bytes = {1, [14] = (uint8_t)(n >> 8), [15] = (uint8_t)n}};
}

static struct store *
open_store(void)
{
	struct store_setup setup = database_setup(true);
	struct store *opened;

	setup.lock_timeout_s = 1;
	setup.statement_timeout_s = 3;
	if (store_open(&setup, &opened, &diag))
		fail_msg("%s", diag.text);
	return opened;
}

static enum err
insert_user(struct store *s, unsigned n, struct str name)
{
	return user_insert(s, &(struct user){.id = id_of(n), .username = name});
}

static int
make_store(void **state)
{
	struct store_setup setup;

	(void)state;
	database.driver = "postgres";
	if (database_make())
		return -1;
	setup = database_setup(true);
	assert_ok(migrate_up(&setup, NULL, &diag));
	store = open_store();
	assert_ok(insert_user(store, 1, STR("ann")));
	assert_ok(insert_user(store, 2, STR("bob")));
	return 0;
}

static int
remove_store(void **state)
{
	(void)state;
	store_close(store);
	store = NULL;
	arena_free(&arena);
	return database_remove();
}

static int64_t
users(void)
{
	int64_t n = -1;

	if (user_count(store, &n))
		fail_msg("%s", store_error(store));
	return n;
}

/* Ends every other connection. */
#define END_CONNECTIONS \
	"SELECT pg_terminate_backend(pid) FROM pg_stat_activity " \
	"WHERE pid <> pg_backend_pid() AND application_name = 'authgate'"

/* ---- connections ---- */

static void
test_a_closed_connection_is_opened_again_without_an_error(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		database_raw(END_CONNECTIONS);
		(void)usleep(50000);
		assert_int_equal(users(), 2);
	}
}

struct attempt {
	int runs;
	bool end_connections;
	struct str name;
	unsigned id;
};

static enum err
try_insert(struct store *s, void *arg)
{
	struct attempt *a = arg;
	enum err e;

	a->runs++;
	if ((e = insert_user(s, a->id, a->name)))
		return e;
	if (a->end_connections)
		database_raw(END_CONNECTIONS);
	return OK;
}

static void
test_a_connection_lost_in_a_transaction_fails_it_and_heals(void **state)
{
	struct attempt a = {.id = 3, .name = STR("eve"), .end_connections = true};

	(void)state;
	assert_err(store_transaction(store, try_insert, &a), ERR_STORE);
	assert_true(strlen(store_error(store)) > 0);
	assert_int_equal(users(), 2);
	a.end_connections = false;
	assert_ok(store_transaction(store, try_insert, &a));
	assert_int_equal(users(), 3);
}

static void
test_a_commit_without_an_answer_is_never_repeated(void **state)
{
	struct attempt a = {.id = 3, .name = STR("eve")};

	(void)state;
	database_raw("CREATE FUNCTION die() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
		     "PERFORM pg_terminate_backend(pg_backend_pid()); PERFORM pg_sleep(1); "
		     "RETURN NULL; END $$;"
		     "CREATE CONSTRAINT TRIGGER die AFTER INSERT ON users "
		     "DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION die()");
	assert_err(store_transaction(store, try_insert, &a), ERR_STORE);
	assert_int_equal(a.runs, 1);
	assert_int_equal(users(), 2);
}

static void
test_a_password_is_in_no_message(void **state)
{
	static const char *const dsns[] = {
		"host=/nowhere password=hunter2",
		"postgres://u:hunter2@127.0.0.1:1/x",
		"postgres://u:hunter2@hunter2@127.0.0.1:1/x",
		"host=127.0.0.1 port=1 password hunter2",
		"postgres://u:hunter2/@:127.0.0.1:hunter2/x",
	};

	(void)state;
	for (size_t i = 0; i < countof(dsns); i++) {
		struct store_setup setup = {.driver = STR("postgres"), .dsn = str_of(dsns[i])};
		struct store *none;

		assert_true(store_open(&setup, &none, &diag) != OK);
		assert_null(strstr(diag.text, "hunter2"));
		assert_true(strlen(diag.text) > 10);
	}
}

/* ---- transactions ---- */

static void
test_a_taken_name_is_told_and_leaves_the_connection_usable(void **state)
{
	struct attempt a = {.id = 3, .name = STR("ann")};

	(void)state;
	assert_err(store_transaction(store, try_insert, &a), ERR_ROW_EXISTS);
	assert_null(strstr(store_error(store), "ann"));
	assert_int_equal(users(), 2);
}

static enum err
insert_twice(struct store *s, void *arg)
{
	struct attempt *a = arg;

	a->runs++;
	if (insert_user(s, a->id, STR("ann")))
		return ERR_CONFLICT; /* the change's own word for it */
	return OK;
}

static void
test_a_change_sees_the_errors_of_its_statements(void **state)
{
	struct attempt a = {.id = 3};

	(void)state;
	assert_err(store_transaction(store, insert_twice, &a), ERR_CONFLICT);
	assert_int_equal(a.runs, 2);
}

static enum err
insert_ignoring(struct store *s, void *arg)
{
	struct attempt *a = arg;

	a->runs++;
	(void)!insert_user(s, a->id, STR("ann"));
	return OK;
}

static void
test_a_commit_of_a_failed_transaction_is_an_error(void **state)
{
	struct attempt a = {.id = 3};

	(void)state;
	assert_err(store_transaction(store, insert_ignoring, &a), ERR_STORE);
}

static void
test_the_guilty_ones_of_a_group_are_found(void **state)
{
	enum { COUNT = 64 };
	struct attempt attempts[COUNT];
	store_change *changes[COUNT];
	void *args[COUNT];
	enum err results[COUNT];
	char names[COUNT][8];

	(void)state;
	for (unsigned i = 0; i < COUNT; i++) {
		(void)snprintf(names[i], sizeof names[i], "u%u", i);
		attempts[i] = (struct attempt){
			.id = 100 + i, .name = i % 20 == 7 ? STR("ann") : str_of(names[i])};
		changes[i] = try_insert;
		args[i] = &attempts[i];
	}
	store_commit_group(store, changes, args, results, COUNT);
	for (unsigned i = 0; i < COUNT; i++)
		assert_err(results[i], i % 20 == 7 ? ERR_ROW_EXISTS : OK);
	assert_int_equal(users(), 2 + COUNT - 3);
}

struct crossing {
	struct store *store;
	unsigned first, second;
	pthread_barrier_t *meet;
	int runs;
	enum err result;
};

static enum err
lock_two(struct store *s, void *arg)
{
	struct crossing *c = arg;
	enum err e;

	if ((e = user_set_password_hash(s, id_of(c->first), STR("x"), 1)))
		return e;
	if (!c->runs++) {
		int64_t n;

		/* Has an answer, so the first lock is held. */
		if ((e = user_count(s, &n)))
			return e;
		(void)pthread_barrier_wait(c->meet);
	}
	return user_set_password_hash(s, id_of(c->second), STR("x"), 1);
}

static void *
cross(void *arg)
{
	struct crossing *c = arg;

	c->result = store_transaction(c->store, lock_two, c);
	return NULL;
}

/* M8 */
static void
test_a_deadlock_is_repeated_until_both_are_through(void **state)
{
	pthread_barrier_t meet;
	struct crossing sides[2] = {
		{.first = 1, .second = 2, .meet = &meet}, {.first = 2, .second = 1, .meet = &meet}};
	pthread_t threads[2];

	(void)state;
	assert_int_equal(pthread_barrier_init(&meet, NULL, 2), 0);
	for (int i = 0; i < 2; i++) {
		struct store_setup setup = database_setup(true);

		setup.lock_timeout_s = 5;
		assert_ok(store_open(&setup, &sides[i].store, &diag));
		assert_int_equal(pthread_create(&threads[i], NULL, cross, &sides[i]), 0);
	}
	for (int i = 0; i < 2; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		store_close(sides[i].store);
	}
	assert_int_equal(pthread_barrier_destroy(&meet), 0);
	assert_ok(sides[0].result);
	assert_ok(sides[1].result);
	assert_true(sides[0].runs + sides[1].runs > 2);
}

static void
test_a_locked_row_costs_a_timeout_and_no_more(void **state)
{
	struct store *other = open_store();
	int64_t began_us;

	(void)state;
	assert_ok(store_begin(other));
	assert_ok(user_set_password_hash(other, id_of(1), STR("x"), 1));
	began_us = clock_monotonic_us();
	assert_err(user_set_password_hash(store, id_of(1), STR("y"), 1), ERR_STORE);
	assert_in_range(clock_monotonic_us() - began_us, 900000, 2500000);
	store_rollback(other);
	store_close(other);
	assert_ok(user_set_password_hash(store, id_of(1), STR("y"), 1));
}

/* ---- values ---- */

static void
test_text_that_is_no_utf8_is_stored_readable(void **state)
{
	struct user u;

	(void)state;
	assert_ok(insert_user(store, 3, STR("a\xff\xc3\xa4\xc3")));
	assert_ok(user_by_id(store, &arena, id_of(3), &u));
	assert_str(u.username, "a?\xc3\xa4?");
	assert_ok(insert_user(store, 4, STR("n\0l")));
	assert_ok(user_by_id(store, &arena, id_of(4), &u));
	assert_str(u.username, "n?l");
}

static void
test_numbers_of_every_size_come_back(void **state)
{
	static const int64_t numbers[] = {1, -1, INT64_MAX, INT64_MIN, 256};
	struct user u;

	(void)state;
	assert_ok(user_by_id(store, &arena, id_of(1), &u));
	for (size_t i = 0; i < countof(numbers); i++) {
		int64_t before = u.updated_ms;

		u.updated_ms = numbers[i];
		assert_ok(user_update(store, &u, before));
		assert_ok(user_by_id(store, &arena, id_of(1), &u));
		assert_true(u.updated_ms == numbers[i]);
	}
}

/* ---- plans ---- */

static PGconn *
connect_plainly(void)
{
	PGconn *pg = PQconnectdb(database.dsn);

	assert_int_equal(PQstatus(pg), CONNECTION_OK);
	return pg;
}

static PGresult *
ask(PGconn *pg, const char *sql)
{
	PGresult *r = PQexec(pg, sql);

	if (PQresultStatus(r) != PGRES_TUPLES_OK && PQresultStatus(r) != PGRES_COMMAND_OK)
		fail_msg("%s: %s", sql, PQerrorMessage(pg));
	return r;
}

static void
tell(PGconn *pg, const char *sql)
{
	PQclear(ask(pg, sql));
}

/* Some hundred of everything that has something to refer to, 20,000 of what grows. */
static const char fill[] =
	"CREATE FUNCTION b(n bigint) RETURNS bytea IMMUTABLE LANGUAGE sql AS "
	"$$ SELECT decode(lpad(to_hex(n), 32, '0'), 'hex') $$;"
	"INSERT INTO users (id, username, created_ms, updated_ms) "
	"SELECT b(n), 'u' || n, n, n FROM generate_series(1, 5000) n;"
	"INSERT INTO clients (id, name, type, auth_method, grants, scopes, status, created_ms, "
	"updated_ms) SELECT b(n), 'c' || n, 'public', 'none', '', '', 'active', n, n "
	"FROM generate_series(1, 5000) n;"
	"INSERT INTO sessions SELECT b(n), '', b(n % 5000 + 1), NULL, '', '', n, n, n "
	"FROM generate_series(1, 20000) n;"
	"INSERT INTO device_codes SELECT b(n), '', 'd' || n, b(n % 5000 + 1), '', 'pending', NULL, "
	"NULL, 5, '', '', n, n FROM generate_series(1, 20000) n;"
	"INSERT INTO families (id, kind, client_id, user_id, scope, created_ms) "
	"SELECT b(n), 'device', b(n % 5000 + 1), b(n % 5000 + 1), '', n "
	"FROM generate_series(1, 20000) n;"
	"INSERT INTO access_tokens (id, family_id, digest, scope, issued_ms, expires_ms) "
	"SELECT b(n), b(n), '', '', n, n FROM generate_series(1, 20000) n;"
	"INSERT INTO refresh_tokens (id, family_id, digest, scope, issued_ms, expires_ms) "
	"SELECT b(n), b(n), '', '', n, n FROM generate_series(1, 20000) n;"
	"INSERT INTO audit_log SELECT 1, n, b(n), 'e', 'a', 't', '', '', '', '', n, '' "
	"FROM generate_series(1, 20000) n; ANALYZE";

/* Rare, or over a table that stays small. */
static bool
may_scan(const char *name)
{
	static const char *const few[] = {"client_count", "user_count", "user_hold_admins",
		"user_has_other_hash", "signing_key_", "audit_key_", "migration_",
		"authorize_request_trim"};

	for (size_t i = 0; i < countof(few); i++)
		if (strncmp(name, few[i], strlen(few[i])) == 0)
			return true;
	return false;
}

/* What runs once the server has chosen between plans for these parameters and
 * one for all, which it does after five executions. */
static struct str
plan_of(PGconn *pg, const char *name)
{
	char sql[1024];
	PGresult *r;
	struct str plan = STR_NONE;

	(void)snprintf(sql, sizeof sql,
		"SELECT 'EXPLAIN (COSTS OFF) EXECUTE ' || name || coalesce('(' || (SELECT "
		"string_agg(CASE t WHEN 'bigint'::regtype THEN '100' WHEN 'bytea'::regtype THEN "
		"'b(7)' ELSE '''x''' END, ',') FROM unnest(parameter_types) t) || ')', '') "
		"FROM pg_prepared_statements WHERE name = '%s'",
		name);
	r = ask(pg, sql);
	assert_int_equal(PQntuples(r), 1);
	(void)snprintf(sql, sizeof sql, "%s", PQgetvalue(r, 0, 0));
	for (int i = 0; i < 7; i++) {
		PQclear(r);
		r = ask(pg, sql);
	}
	for (int i = 0; i < PQntuples(r); i++)
		plan = str_printf(&arena, "%.*s%s\n", STR_ARG(plan), PQgetvalue(r, i, 0));
	PQclear(r);
	return plan;
}

static bool
has_plan(const char *sql)
{
	static const char *const verbs[] = {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"};

	for (size_t i = 0; i < countof(verbs); i++)
		if (strncmp(sql, verbs[i], strlen(verbs[i])) == 0)
			return true;
	return false;
}

static void
test_no_statement_scans_a_table_that_grows(void **state)
{
	PGconn *pg = connect_plainly();

	(void)state;
	tell(pg, "SET client_min_messages = warning; SET enable_seqscan = off");
	tell(pg, fill);
	for (size_t i = 0; i < SQL_EARLY_COUNT; i++) {
		const char *name = sql_texts[i].name;
		struct str plan;

		if (!has_plan(sql_texts[i].text) || may_scan(name))
			continue;
		PQclear(PQprepare(pg, name, sql_texts[i].text, 0, NULL));
		plan = plan_of(pg, name);
		if (strstr(plan.p, "Seq Scan"))
			fail_msg("%s\n%s", name, plan.p);
	}
	PQfinish(pg);
}

static void
test_every_foreign_key_has_an_index_behind_it(void **state)
{
	PGconn *pg = connect_plainly();
	PGresult *r;

	(void)state;
	r = ask(pg, "SELECT conrelid::regclass || ' ' || conname FROM pg_constraint c "
		    "WHERE contype = 'f' AND connamespace = current_schema()::regnamespace "
		    "AND confdeltype <> 'n' AND NOT EXISTS (SELECT 1 FROM pg_index i "
		    "WHERE i.indrelid = c.conrelid AND i.indkey[0] = c.conkey[1])");
	if (PQntuples(r))
		fail_msg("%s has none", PQgetvalue(r, 0, 0));
	PQclear(r);
	PQfinish(pg);
}

static enum err
send_word(struct store *s, void *result)
{
	enum err e = store_notify(s);

	return e ? e : *(enum err *)result;
}

static bool
hears_within_a_second(struct store *listener)
{
	const struct timespec pause = {.tv_nsec = 10 * 1000 * 1000};

	for (int i = 0; i < 100; i++) {
		if (store_noticed(listener))
			return true;
		(void)nanosleep(&pause, NULL);
	}
	return false;
}

static void
test_word_comes_with_commit_and_is_assumed_after_a_lost_connection(void **state)
{
	struct store_setup setup = database_setup(false);
	struct store *listener;
	enum err fails = ERR_NO_ROW, works = OK;

	(void)state;
	setup.listen = true;
	assert_ok(store_open(&setup, &listener, &diag));
	assert_true(store_noticed(listener)); /* what came before it was there */
	assert_false(store_noticed(listener));
	assert_err(store_transaction(store, send_word, &fails), ERR_NO_ROW);
	assert_ok(store_transaction(store, send_word, &works));
	assert_true(hears_within_a_second(listener));
	assert_false(store_noticed(listener));
	database_raw(END_CONNECTIONS);
	assert_true(hears_within_a_second(listener));
	assert_ok(store_transaction(store, send_word, &works));
	assert_true(hears_within_a_second(listener));
	store_close(listener);
}

#define ON(test) cmocka_unit_test_setup_teardown(test, make_store, remove_store)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON(test_a_closed_connection_is_opened_again_without_an_error),
		ON(test_a_connection_lost_in_a_transaction_fails_it_and_heals),
		ON(test_a_commit_without_an_answer_is_never_repeated),
		ON(test_a_password_is_in_no_message),
		ON(test_a_taken_name_is_told_and_leaves_the_connection_usable),
		ON(test_a_change_sees_the_errors_of_its_statements),
		ON(test_a_commit_of_a_failed_transaction_is_an_error),
		ON(test_the_guilty_ones_of_a_group_are_found),
		ON(test_a_deadlock_is_repeated_until_both_are_through),
		ON(test_a_locked_row_costs_a_timeout_and_no_more),
		ON(test_text_that_is_no_utf8_is_stored_readable),
		ON(test_numbers_of_every_size_come_back),
		ON(test_word_comes_with_commit_and_is_assumed_after_a_lost_connection),
		ON(test_no_statement_scans_a_table_that_grows),
		ON(test_every_foreign_key_has_an_index_behind_it),
	};

	if (!getenv("TEST_POSTGRES")) {
		print_message("[  PASSED  ] 0 test(s): TEST_POSTGRES is not set\n");
		return 0;
	}
	return RUN(tests);
}
