/* The driver: what SQLite refuses late still fails the whole group. */
#include "tests/support/store.h"

#include "lib/store/driver.h"

static int
make_family_tree(void **state)
{
	if (make_place_store(state))
		return -1;
	place_sql("CREATE TABLE parent (id INTEGER PRIMARY KEY);"
		  "CREATE TABLE child (parent_id INTEGER REFERENCES parent (id) "
		  "DEFERRABLE INITIALLY DEFERRED)");
	return 0;
}

static enum err
run_sql(struct store *s, void *sql)
{
	return store_exec(s, sql);
}

/* Passes as a statement, fails at COMMIT. */
static char orphan[] = "INSERT INTO child VALUES (7)";
static char parent[] = "INSERT INTO parent VALUES (7)";
static char other[] = "INSERT INTO parent VALUES (8)";

static void
test_a_change_that_fails_at_commit_did_not_happen(void **state)
{
	(void)state;
	assert_err(store_transaction(place.store, run_sql, orphan), ERR_STORE);
	assert_true(strlen(store_error(place.store)) > 0);
	assert_int_equal(place_count("SELECT count(*) FROM child"), 0);
	/* The connection is out of the transaction. */
	assert_ok(store_transaction(place.store, run_sql, parent));
	assert_ok(store_transaction(place.store, run_sql, orphan));
}

static void
test_a_commit_that_fails_takes_the_whole_group(void **state)
{
	store_change *const changes[] = {run_sql, run_sql, run_sql};
	void *const args[] = {other, orphan, other};
	enum err results[3] = {OK, OK, OK};

	(void)state;
	store_commit_group(place.store, changes, args, results, 3);
	for (size_t i = 0; i < countof(results); i++)
		assert_err(results[i], ERR_STORE);
	assert_int_equal(place_count("SELECT count(*) FROM parent"), 0);
	assert_int_equal(place_count("SELECT count(*) FROM child"), 0);
	store_commit_group(place.store, changes, args, results, 1);
	assert_ok(results[0]);
	assert_int_equal(place_count("SELECT count(*) FROM parent"), 1);
}

static void
test_a_statement_that_fails_leaves_the_others_of_its_group(void **state)
{
	static char wrong[] = "INSERT INTO nowhere VALUES (1)";
	store_change *const changes[] = {run_sql, run_sql, run_sql};
	void *const args[] = {other, wrong, parent};
	enum err results[3];

	(void)state;
	store_commit_group(place.store, changes, args, results, 3);
	assert_ok(results[0]);
	assert_err(results[1], ERR_STORE);
	assert_ok(results[2]);
	assert_int_equal(place_count("SELECT count(*) FROM parent"), 2);
}

/* As SQLite does by itself when the disk is full. */
static void
test_nothing_is_written_after_the_transaction_was_rolled_back(void **state)
{
	static char last_straw[] = "INSERT INTO child VALUES (NULL)";
	store_change *const changes[] = {run_sql, run_sql, run_sql};
	void *const args[] = {other, last_straw, parent};
	enum err results[3] = {OK, OK, OK};

	(void)state;
	place_sql("CREATE TRIGGER full BEFORE INSERT ON child "
		  "BEGIN SELECT RAISE(ROLLBACK, 'full'); END");
	store_commit_group(place.store, changes, args, results, 3);
	for (size_t i = 0; i < countof(results); i++)
		assert_err(results[i], ERR_STORE);
	assert_int_equal(place_count("SELECT count(*) FROM parent"), 0);
}

static void
test_a_writer_that_finds_the_database_locked_says_so(void **state)
{
	sqlite3 *db;

	(void)state;
	assert_int_equal(sqlite3_open(place.path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	assert_ok(store_exec(place.store, "PRAGMA busy_timeout = 20"));
	assert_err(store_transaction(place.store, run_sql, other), ERR_STORE);
	assert_int_equal(sqlite3_exec(db, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_ok(store_transaction(place.store, run_sql, other));
}

static void
test_a_file_that_is_no_database_is_refused_with_its_name(void **state)
{
	struct store_setup setup = place_setup();
	struct store *store = NULL;
	FILE *f;

	(void)state;
	store_close(place.store);
	place.store = NULL;
	f = fopen(place.path, "w");
	assert_non_null(f);
	for (int i = 0; i < 500; i++)
		(void)fputs("this is not a database\n", f);
	(void)fclose(f);
	assert_err(store_open(&setup, &store, &place.diag), ERR_STORE);
	assert_null(store);
	assert_non_null(strstr(place.diag.text, place.path));
}

#define ON(test) cmocka_unit_test_setup_teardown(test, make_family_tree, remove_place_store)

/* ---- plans ---- */

/* Rare, or over a table that stays small. */
static bool
may_scan(const char *name)
{
	static const char *const few[] = {"client_count", "user_count", "user_hold_admins",
		"user_has_other_hash", "signing_key_", "audit_key_", "migration_", "copy_",
		"authorize_request_trim"};

	for (size_t i = 0; i < countof(few); i++)
		if (strncmp(name, few[i], strlen(few[i])) == 0)
			return true;
	return false;
}

/* "SCAN f": every row, of a table or of a subquery that the plan has named before.
 * "SCAN f USING INDEX i" goes in order until LIMIT. */
static bool
reads_all(const char *step, const char *subqueries)
{
	char name[64];

	if (sscanf(step, "SCAN %60s", name) != 1 || strstr(step, " USING ") ||
		strcmp(step, "SCAN CONSTANT ROW") == 0)
		return false;
	(void)strncat(name, ";", 2);
	return !strstr(subqueries, name);
}

static void
check_plan(sqlite3 *db, const struct sql_text *statement)
{
	char *sql = sqlite3_mprintf("EXPLAIN QUERY PLAN %s", statement->text);
	char subqueries[256] = "";
	sqlite3_stmt *plan = NULL;

	for (char *p = sql; *p; p++)
		if (*p == '$')
			*p = '?';
	if (sqlite3_prepare_v2(db, sql, -1, &plan, NULL))
		fail_msg("%s: %s", statement->name, sqlite3_errmsg(db));
	while (sqlite3_step(plan) == SQLITE_ROW) {
		const char *step = (const char *)sqlite3_column_text(plan, 3);
		char name[60];

		if (sscanf(step, "CO-ROUTINE %50s", name) == 1 ||
			sscanf(step, "MATERIALIZE %50s", name) == 1)
			(void)snprintf(subqueries + strlen(subqueries),
				sizeof subqueries - strlen(subqueries), " %s;", name);
		if (reads_all(step, subqueries))
			fail_msg("%s: %s", statement->name, step);
	}
	(void)sqlite3_finalize(plan);
	sqlite3_free(sql);
}

static void
test_no_statement_scans_a_table_that_grows(void **state)
{
	sqlite3 *db;

	(void)state;
	assert_int_equal(sqlite3_open(place.path, &db), SQLITE_OK);
	for (size_t i = 0; i < SQL_EARLY_COUNT; i++)
		if (!may_scan(sql_texts[i].name))
			check_plan(db, &sql_texts[i]);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON(test_a_change_that_fails_at_commit_did_not_happen),
		ON(test_a_commit_that_fails_takes_the_whole_group),
		ON(test_a_statement_that_fails_leaves_the_others_of_its_group),
		ON(test_nothing_is_written_after_the_transaction_was_rolled_back),
		ON(test_a_writer_that_finds_the_database_locked_says_so),
		ON(test_a_file_that_is_no_database_is_refused_with_its_name),
		ON(test_no_statement_scans_a_table_that_grows),
	};

	return RUN(tests);
}
