/* Migrations: down and up again is the same schema. */
#include "tests/support/store.h"

#include <stdlib.h>

/* Everything that makes the schema, in one text. */
static char *
schema(void)
{
	sqlite3_stmt *statement = NULL;
	char *text = arena_alloc(&place.arena, 64 * 1024);
	size_t n = 0;
	sqlite3 *db;

	assert_int_equal(sqlite3_open(place.path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db,
				 "SELECT type || ' ' || name || ' ' || coalesce(sql, '') FROM "
				 "sqlite_master WHERE name NOT LIKE 'sqlite_stat%' "
				 "ORDER BY type, name",
				 -1, &statement, NULL),
		SQLITE_OK);
	while (sqlite3_step(statement) == SQLITE_ROW)
		n += (size_t)snprintf(text + n, 64 * 1024 - n, "%s\n",
			(const char *)sqlite3_column_text(statement, 0));
	(void)sqlite3_finalize(statement);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	assert_true(n > 1000 && n < 60 * 1024);
	return text;
}

static void
test_every_step_down_is_undone_by_the_step_up(void **state)
{
	struct store_setup setup = place_setup();
	int64_t newest = place_count("SELECT max(version) FROM schema_migrations");
	const char *whole = schema();

	(void)state;
	store_close(place.store);
	place.store = NULL;
	for (int to = (int)newest - 1; to >= 0; to--) {
		assert_ok(migrate_down(&setup, to, &place.diag));
		assert_int_equal(
			place_count("SELECT coalesce(max(version), 0) FROM schema_migrations"), to);
		assert_ok(migrate_up(&setup, NULL, &place.diag));
		assert_string_equal(schema(), whole);
	}
	assert_ok(migrate_verify(&setup, &place.diag));
}

static void
test_nothing_is_left_at_the_bottom(void **state)
{
	struct store_setup setup = place_setup();

	(void)state;
	store_close(place.store);
	place.store = NULL;
	assert_ok(migrate_down(&setup, 0, &place.diag));
	assert_int_equal(place_count("SELECT count(*) FROM sqlite_master WHERE type = 'table' AND "
				     "name NOT IN ('schema_migrations', 'sqlite_stat1')"),
		0);
}

static void
test_the_rows_that_both_versions_know_survive_a_step_up(void **state)
{
	struct store_setup setup = place_setup();
	struct client client;
	struct user user;

	(void)state;
	store_close(place.store);
	assert_ok(migrate_down(&setup, 1, &place.diag));
	assert_ok(migrate_up(&setup, NULL, &place.diag));
	assert_ok(store_open(&setup, &place.store, &place.diag));
	assert_ok(user_by_name(place.store, &place.arena, STR("mia"), &user));
	assert_ok(client_by_id(place.store, &place.arena, place.confidential.id, &client));
	assert_true(digest_eq(client.secret_digest, place.confidential.secret_digest));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_EMPTY_PLACE(test_every_step_down_is_undone_by_the_step_up),
		IN_EMPTY_PLACE(test_nothing_is_left_at_the_bottom),
		IN_PLACE(test_the_rows_that_both_versions_know_survive_a_step_up),
	};

	return RUN(tests);
}
