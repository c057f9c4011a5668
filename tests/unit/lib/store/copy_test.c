/* Copying between databases; the target is one of each kind in turn. */
#include "tests/support/databases.h"
#include "tests/support/store.h"

#include "lib/store/copy.h"
#include "lib/store/copy_table.h"

enum { MANY_ROWS = 700 /* some batches */ };

struct seen {
	size_t count;
	int64_t rows, repaired;
	struct digest digests[64];
};

static int
make(void **state)
{
	return database_make() ? -1 : make_place_store(state);
}

static int
drop(void **state)
{
	return database_remove() || remove_place_store(state);
}

static void
note(void *context, const struct copy_progress *p)
{
	struct seen *seen = context;

	if (!p->done)
		return;
	seen->digests[seen->count++] = p->digest;
	seen->rows += p->rows;
	seen->repaired += p->repaired;
}

static struct seen
copied(struct store_setup from, struct store_setup to)
{
	struct seen seen = {0};
	struct diag diag = {""};
	enum err e = copy_all(&from, &to, note, &seen, &diag);

	if (e)
		fail_msg("%s", diag.text);
	assert_int_equal(seen.count, copy_tables_count);
	return seen;
}

static bool
are_equal(const struct seen *a, const struct seen *b)
{
	return a->count == b->count && a->rows == b->rows &&
	       memcmp(a->digests, b->digests, a->count * sizeof a->digests[0]) == 0;
}

/* A third database, a file in the directory of the second. */
static struct store_setup
elsewhere(const char *name)
{
	const char *path = arena_printf(&place.arena, "%s/%s", place.directory, name);

	return (struct store_setup){.driver = STR("sqlite"), .dsn = str_of(path)};
}

static void
forget(const char *name)
{
	static const char *const suffixes[] = {"", "-wal", "-shm"};

	for (size_t i = 0; i < countof(suffixes); i++)
		(void)unlink(
			arena_printf(&place.arena, "%s/%s%s", place.directory, name, suffixes[i]));
}

/* All kinds of values, and more rows than one batch has. */
static void
fill(void)
{
	place_sql("WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 700)"
		  "INSERT INTO families (id, kind, client_id, user_id, scope, created_ms,"
		  " revoked_ms, session_id) SELECT CAST(printf('%016d', i) AS BLOB), 'code',"
		  " (SELECT id FROM clients LIMIT 1), (SELECT id FROM users), '', "
		  " -9223372036854775807 - 1 + i, CASE i % 2 WHEN 1 THEN 9223372036854775807 END,"
		  " CASE i % 3 WHEN 1 THEN x'' WHEN 2 THEN x'00ff00' END FROM n");
	place_sql("INSERT INTO consents (user_id, client_id, scope, granted_ms)"
		  " SELECT u.id, c.id, 'a\tb', 1 FROM users u, clients c");
	place_sql("INSERT INTO sessions (id, digest, user_id, ip, user_agent, created_ms, seen_ms,"
		  " expires_ms, amr) VALUES (x'01', x'02', (SELECT id FROM users), '::1',"
		  " 'caf' || CAST(x'e9' AS TEXT) || '\xc3\xa9', 1, 2, 3, 'pwd')");
}

/* ---- the list of tables ---- */

static void
test_every_table_and_column_of_the_migrations_is_copied(void **state)
{
	int64_t columns = 0;

	(void)state;
	assert_int_equal(copy_tables_count,
		place_count("SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name NOT "
			    "LIKE 'sqlite%' AND name <> 'schema_migrations'"));
	for (size_t i = 0; i < copy_tables_count; i++) {
		const struct copy_table *t = &copy_tables[i];
		const char *sql = arena_printf(
			&place.arena, "SELECT count(*) FROM pragma_table_info('%s')", t->name);

		columns += (int64_t)strlen(t->kinds);
		assert_int_equal(place_count(sql), strlen(t->kinds));
	}
	assert_true(columns > 50);
}

/* Foreign keys are in force while rows are inserted. */
static void
test_no_table_comes_before_one_it_refers_to(void **state)
{
	const char *before = "''";

	(void)state;
	for (size_t i = 0; i < copy_tables_count; i++) {
		before = arena_printf(&place.arena, "%s, '%s'", before, copy_tables[i].name);
		assert_int_equal(place_count(arena_printf(&place.arena,
					 "SELECT count(*) FROM pragma_foreign_key_list('%s') WHERE "
					 "\"table\" NOT IN (%s)",
					 copy_tables[i].name, before)),
			0);
	}
}

/* ---- copying ---- */

static void
test_there_and_back_is_the_same(void **state)
{
	struct store_setup target = database_setup(true);
	struct seen there, back, unrepaired;

	(void)state;
	fill();
	there = copied(place_setup(), target);
	assert_int_equal(there.rows, MANY_ROWS + 1 + 2 + 2 + 1);
	assert_int_equal(there.repaired, 1);
	back = copied(target, elsewhere("back"));
	assert_true(are_equal(&there, &back));
	assert_int_equal(back.repaired, 0);
	unrepaired = copied(elsewhere("back"), elsewhere("again"));
	assert_true(are_equal(&there, &unrepaired));
	forget("back");
	forget("again");
}

static void
test_a_change_anywhere_changes_the_digest(void **state)
{
	static const char *const changes[] = {
		"UPDATE sessions SET user_agent = user_agent || ' '",
		"UPDATE sessions SET review_id = x''",
		"UPDATE sessions SET digest = x'03'",
		"UPDATE sessions SET seen_ms = seen_ms + 1",
		"DELETE FROM sessions",
	};
	struct seen before, after;

	(void)state;
	fill();
	before = copied(place_setup(), elsewhere("before"));
	for (size_t i = 0; i < countof(changes); i++) {
		place_sql(changes[i]);
		after = copied(place_setup(), elsewhere("after"));
		assert_false(are_equal(&before, &after));
		before = after;
		forget("after");
	}
	forget("before");
}

static void
refused(struct store_setup from, struct store_setup to, enum err want, const char *why)
{
	struct diag diag = {""};

	assert_err(copy_all(&from, &to, NULL, NULL, &diag), want);
	if (!strstr(diag.text, why))
		fail_msg("\"%s\" does not say \"%s\"", diag.text, why);
}

static void
test_a_target_with_rows_is_left_alone(void **state)
{
	struct store_setup target = database_setup(true);
	struct seen first, second;

	(void)state;
	first = copied(place_setup(), target);
	fill();
	refused(place_setup(), target, ERR_CONFLICT, "holds data already");
	second = copied(target, elsewhere("second"));
	assert_true(are_equal(&first, &second));
	forget("second");
}

static void
test_a_source_of_another_version_is_refused(void **state)
{
	struct store_setup source = place_setup(), target = database_setup(true);
	struct seen seen;

	(void)state;
	place_sql("UPDATE schema_migrations SET sha256 = 'x' WHERE version = 2");
	refused(source, target, ERR_CONFIG, "was edited");
	place_sql("DELETE FROM schema_migrations WHERE version = "
		  "(SELECT max(version) FROM schema_migrations)");
	place_sql("DELETE FROM schema_migrations WHERE version = 2");
	refused(source, target, ERR_CONFIG, "applied");
	/* Nothing was left behind that would refuse the next attempt. */
	refused(elsewhere("missing"), target, ERR_STORE, "missing");
	assert_int_equal(
		access(arena_printf(&place.arena, "%s/missing", place.directory), F_OK), -1);
	store_close(place.store);
	place.store = NULL;
	(void)unlink(place.path);
	assert_ok(migrate_up(&source, NULL, &place.diag));
	seen = copied(source, target);
	assert_int_equal(seen.rows, 0);
}

/* What the source gets after the copy has begun is not there, and does not wait. */
static void
test_the_source_is_one_snapshot(void **state)
{
	struct store *reader;
	struct store_setup setup = database_setup(true), reading = database_setup(false);
	int64_t before, after;
	struct user user;

	(void)state;
	assert_ok(migrate_up(&setup, NULL, &place.diag));
	assert_ok(store_open(&reading, &reader, &place.diag));
	assert_ok(store_begin_snapshot(reader));
	assert_ok(user_count(reader, &before));
	store_close(place.store);
	assert_ok(store_open(&setup, &place.store, &place.diag));
	user = place.user;
	assert_ok(user_insert(place.store, &user));
	assert_ok(user_count(reader, &after));
	assert_int_equal(before, 0);
	assert_int_equal(after, 0);
	store_rollback(reader);
	assert_ok(user_count(reader, &after));
	assert_int_equal(after, 1);
	store_close(reader);
	store_close(place.store);
	place.store = NULL;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			test_every_table_and_column_of_the_migrations_is_copied, make, drop),
		cmocka_unit_test_setup_teardown(
			test_no_table_comes_before_one_it_refers_to, make, drop),
		cmocka_unit_test_setup_teardown(test_there_and_back_is_the_same, make, drop),
		cmocka_unit_test_setup_teardown(
			test_a_change_anywhere_changes_the_digest, make, drop),
		cmocka_unit_test_setup_teardown(test_a_target_with_rows_is_left_alone, make, drop),
		cmocka_unit_test_setup_teardown(
			test_a_source_of_another_version_is_refused, make, drop),
		cmocka_unit_test_setup_teardown(test_the_source_is_one_snapshot, make, drop),
	};

	return database_each(tests);
}
