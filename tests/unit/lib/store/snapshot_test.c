/* Copies before migrations, and back. */
#include "tests/support/store.h"

#include "lib/store/snapshot.h"

#include <unistd.h>

static int
remove_copies_too(void **state)
{
	static const char *const left[] = {
		"schema-3", "schema-4", "schema-7", "replaced", "replaced-wal"};
	int64_t newest = place_count("SELECT max(version) FROM schema_migrations");

	for (size_t i = 0; i < countof(left); i++)
		(void)unlink(arena_printf(&place.arena, "%s.%s", place.path, left[i]));
	(void)unlink(
		arena_printf(&place.arena, "%s.schema-%lld", place.path, (long long)newest - 1));
	return remove_place_store(state);
}

#define WITH_COPIES(test, make) cmocka_unit_test_setup_teardown(test, make, remove_copies_too)

static void
test_a_copy_has_the_version_in_its_name_and_there_is_one(void **state)
{
	struct store_setup setup = place_setup();
	const char *older;

	(void)state;
	assert_ok(snapshot_make(&setup, 3, &place.diag));
	older = snapshot_path(&place.arena, &setup, 3);
	assert_non_null(older);
	assert_ok(snapshot_make(&setup, 4, &place.diag));
	assert_ok(snapshot_make(&setup, 4, &place.diag));
	assert_null(snapshot_path(&place.arena, &setup, 3));
	assert_non_null(snapshot_path(&place.arena, &setup, 4));
	assert_int_equal(access(older, F_OK), -1);
}

static void
test_what_was_copied_comes_back(void **state)
{
	struct store_setup setup = place_setup();
	const char *copy;

	(void)state;
	assert_ok(snapshot_make(&setup, 7, &place.diag));
	copy = snapshot_path(&place.arena, &setup, 7);
	store_close(place.store);
	place.store = NULL;
	place_sql("DELETE FROM users");
	assert_ok(snapshot_restore(&setup, copy, &place.diag));
	assert_true(place_count("SELECT count(*) FROM users") > 0);
	assert_ok(store_open(&setup, &place.store, &place.diag));
}

static void
test_what_a_migration_needs_no_copy_of_is_not_copied(void **state)
{
	struct store_setup setup = place_setup();
	int64_t newest = place_count("SELECT max(version) FROM schema_migrations");

	(void)state;
	setup.snapshots = true;
	store_close(place.store);
	place.store = NULL;
	assert_ok(migrate_up(&setup, NULL, &place.diag));
	assert_null(snapshot_path(&place.arena, &setup, (int)newest));
	assert_ok(migrate_down(&setup, (int)newest - 1, &place.diag));
	assert_ok(migrate_up(&setup, NULL, &place.diag));
	assert_non_null(snapshot_path(&place.arena, &setup, (int)newest - 1));
}

static void
test_only_a_file_is_restored(void **state)
{
	struct store_setup setup = place_setup();

	(void)state;
	setup.driver = STR("postgres");
	assert_ok(snapshot_make(&setup, 3, &place.diag));
	assert_null(snapshot_path(&place.arena, &setup, 3));
	assert_int_equal(snapshot_restore(&setup, "/nowhere", &place.diag), ERR_CONFIG);
	setup.driver = STR("sqlite");
	assert_int_equal(snapshot_restore(&setup, "/nowhere", &place.diag), ERR_IO);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_COPIES(
			test_a_copy_has_the_version_in_its_name_and_there_is_one, make_place_store),
		WITH_COPIES(test_what_was_copied_comes_back, make_place_store),
		WITH_COPIES(test_what_a_migration_needs_no_copy_of_is_not_copied, make_empty_store),
		IN_PLACE(test_only_a_file_is_restored),
	};

	return RUN(tests);
}
