/*
 * A migrated SQLite database in a temporary directory, with what most tests
 * need in it: a user, a public client, a confidential client.  A test program
 * names make_place_store and remove_place_store as setup and teardown and works
 * on `place`.
 */
#ifndef TESTS_SUPPORT_STORE_H
#define TESTS_SUPPORT_STORE_H

#include "tests/support/check.h"

#include "lib/store/client.h"
#include "lib/store/migrate.h"
#include "lib/store/user.h"

#include <sqlite3.h>
#include <stdlib.h>
#include <unistd.h>

/* Tests choose their instants around this one. */
#define PLACE_NOW_MS INT64_C(1700000000000)
#define PLACE_SECRET "s3cret:with%colon"

struct place {
	char directory[64];
	char path[96];
	struct store *store;
	struct arena arena;
	struct diag diag;
	struct user user;           /* mia */
	struct client public;       /* device code grant, scopes of a person */
	struct client confidential; /* client_secret_basic, client credentials */
};

static struct place place;

/* An id that is the same in every run. */
static inline struct id
id_of(unsigned n)
{
	const uint8_t bytes[10] = {[8] = (uint8_t)(n >> 8), [9] = (uint8_t)n};

	return id_make(PLACE_NOW_MS - 1000, bytes);
}

/* Does what no operation of the store does. */
static inline void
place_sql(const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(place.path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* The number that a query gives. */
static inline int64_t
place_count(const char *sql)
{
	sqlite3_stmt *statement = NULL;
	sqlite3 *db;
	int64_t n;

	assert_int_equal(sqlite3_open(place.path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &statement, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(statement), SQLITE_ROW);
	n = sqlite3_column_int64(statement, 0);
	(void)sqlite3_finalize(statement);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
	return n;
}

static inline struct store_setup
place_setup(void)
{
	return (struct store_setup){
		.driver = STR("sqlite"),
		.dsn = str_of(place.path),
		.writer = true,
		.node = STR("test"),
		.audit_key = &test_audit_key,
	};
}

static inline void
place_fill(void)
{
	place.user = (struct user){
		.id = id_of(1),
		.username = STR("mia"),
		.role = STR("user"),
		.created_ms = PLACE_NOW_MS,
		.updated_ms = PLACE_NOW_MS,
	};
	place.public = (struct client){
		.id = id_of(2),
		.name = STR("tv"),
		.type = STR("public"),
		.auth_method = STR("none"),
		.grants = STR("urn:ietf:params:oauth:grant-type:device_code"),
		.scopes = STR("openid profile email read"),
		.status = STR("active"),
		.created_ms = PLACE_NOW_MS,
		.updated_ms = PLACE_NOW_MS,
	};
	place.confidential = place.public;
	place.confidential.id = id_of(3);
	place.confidential.name = STR("robot");
	place.confidential.type = STR("confidential");
	place.confidential.auth_method = STR("client_secret_basic");
	place.confidential.grants = STR("client_credentials");
	place.confidential.secret_digest = sha256(STR(PLACE_SECRET));
	place.confidential.has_secret_digest = true;
	assert_ok(user_insert(place.store, &place.user));
	assert_ok(client_insert(place.store, &place.public));
	assert_ok(client_insert(place.store, &place.confidential));
}

static inline int
make_empty_store(void **state)
{
	struct store_setup setup;

	(void)state;
	place = (struct place){.directory = "/tmp/authgate-unit-XXXXXX"};
	if (!mkdtemp(place.directory))
		return -1;
	(void)snprintf(place.path, sizeof place.path, "%s/db", place.directory);
	setup = place_setup();
	assert_ok(migrate_up(&setup, NULL, &place.diag));
	assert_ok(store_open(&setup, &place.store, &place.diag));
	return 0;
}

static inline int
make_place_store(void **state)
{
	if (make_empty_store(state))
		return -1;
	place_fill();
	return 0;
}

static inline int
remove_place_store(void **state)
{
	static const char *const files[] = {"", "-wal", "-shm", "-journal"};
	char file[128];

	(void)state;
	store_close(place.store);
	arena_free(&place.arena);
	for (size_t i = 0; i < countof(files); i++) {
		(void)snprintf(file, sizeof file, "%s%s", place.path, files[i]);
		(void)unlink(file);
	}
	return rmdir(place.directory);
}

#define IN_PLACE(test) cmocka_unit_test_setup_teardown(test, make_place_store, remove_place_store)
#define IN_EMPTY_PLACE(test) \
	cmocka_unit_test_setup_teardown(test, make_empty_store, remove_place_store)

#endif
