/*
 * Runs a group of tests once for each database: SQLite always, PostgreSQL if
 * TEST_POSTGRES is a DSN (tests/support/postgres.sh run ...).
 *
 *	static int make(void **state) { return database_make() ? -1 : ...; }
 *
 *	return database_each(tests);
 *
 * Every test has a database of its own, made by database_make and removed by
 * database_remove; on PostgreSQL it is a schema.
 */
#ifndef TESTS_SUPPORT_DATABASES_H
#define TESTS_SUPPORT_DATABASES_H

#include "tests/support/check.h"

#include "lib/store/driver.h"
#include "lib/store/migrate.h"

#include <stdlib.h>
#include <unistd.h>

static struct {
	const char *driver;
	char directory[64];
	char dsn[512];
	char schema[64];
	struct diag diag;
} database = {.driver = "sqlite"};

static inline bool
database_is_sqlite(void)
{
	return strcmp(database.driver, "sqlite") == 0;
}

static inline struct store_setup
database_setup(bool writer)
{
	return (struct store_setup){
		.driver = str_of(database.driver),
		.dsn = str_of(database.dsn),
		.writer = writer,
		.node = STR("test"),
		.audit_key = &test_audit_key,
	};
}

/* The writing connection to the database that was made, migrated. */
static inline struct store *
database_open(void)
{
	struct store_setup setup = database_setup(true);
	struct store *store;

	assert_ok(migrate_up(&setup, NULL, &database.diag));
	assert_ok(store_open(&setup, &store, &database.diag));
	return store;
}

/* Statements as they are, on a connection of their own. */
static inline void
database_raw(const char *sql)
{
	struct store_setup setup = database_setup(true);
	struct store *store;

	assert_ok(store_open_unprepared(&setup, &store, &database.diag));
	if (store_exec(store, sql))
		fail_msg("%s: %s", sql, store_error(store));
	store_close(store);
}

static inline void
database_in_schema(const char *verb, const char *rest)
{
	char sql[128];

	(void)snprintf(sql, sizeof sql, "%s SCHEMA %s %s", verb, database.schema, rest);
	(void)snprintf(database.dsn, sizeof database.dsn, "%s", getenv("TEST_POSTGRES"));
	database_raw(sql);
}

static inline int
database_make(void)
{
	static unsigned made;

	(void)snprintf(database.directory, sizeof database.directory, "/tmp/authgate-test-XXXXXX");
	if (!mkdtemp(database.directory))
		return -1;
	if (database_is_sqlite()) {
		(void)snprintf(database.dsn, sizeof database.dsn, "%s/db", database.directory);
		return 0;
	}
	(void)snprintf(database.schema, sizeof database.schema, "t%d_%u", (int)getpid(), made++);
	database_in_schema("CREATE", "");
	(void)snprintf(database.dsn, sizeof database.dsn, "%s options='-csearch_path=%s'",
		getenv("TEST_POSTGRES"), database.schema);
	return 0;
}

static inline int
database_remove(void)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal"};
	char file[128];

	for (size_t i = 0; i < countof(suffixes); i++) {
		(void)snprintf(file, sizeof file, "%s/db%s", database.directory, suffixes[i]);
		(void)unlink(file);
	}
	if (!database_is_sqlite())
		database_in_schema("DROP", "CASCADE");
	return rmdir(database.directory);
}

#define database_each(tests) database_each_of((tests), countof(tests))

static inline int
database_each_of(const struct CMUnitTest *tests, size_t count)
{
	int failed = _cmocka_run_group_tests("sqlite", tests, count, NULL, NULL);

	if (!getenv("TEST_POSTGRES"))
		return failed;
	database.driver = "postgres";
	return failed + _cmocka_run_group_tests("postgres", tests, count, NULL, NULL);
}

#endif
