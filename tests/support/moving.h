/*
 * A database of the Go original (the columns that are read of it), a migrated empty
 * one of ours, and a move from the one to the other.
 *
 *	in_the_original("INSERT INTO users ...");
 *	move_in();
 *	assert_told("users: bob: left out");
 */
#ifndef TESTS_SUPPORT_MOVING_H
#define TESTS_SUPPORT_MOVING_H

#include "tests/support/store.h"

#include "lib/import/from_go.h"

#define MIA    "'11111111-1111-4111-8111-111111111111'"
#define TV     "'22222222-2222-4222-8222-222222222222'"
#define BCRYPT "'$2a$04$abcdefghijklmnopqrstuu5Lo0g67CiD3M4RpN1BmBb4Crp5w7dbK'"

static struct {
	char path[96];
	struct config config;
	struct from_go_request request;
	struct from_go_report report;
	struct diag diag;
	char said[16384]; /* a line each */
} moving;

static const char original_schema[] =
	"CREATE TABLE users (id, username, email, password_hash, role DEFAULT 'user', full_name,"
	"	is_active DEFAULT 1, email_verified DEFAULT 0, auth_source DEFAULT 'local',"
	"	created_at DEFAULT '2023-01-02 03:04:05+00:00', updated_at);"
	"CREATE TABLE oauth_applications (client_id, client_secret DEFAULT '', client_name DEFAULT "
	"'tv',"
	"	user_id DEFAULT '', scopes DEFAULT 'email profile', redirect_uris DEFAULT '[]',"
	"	client_type DEFAULT 'public', grant_types DEFAULT 'device_code', "
	"enable_device_flow DEFAULT 1,"
	"	enable_auth_code_flow DEFAULT 0, enable_client_credentials_flow DEFAULT 0,"
	"	status DEFAULT 'active', token_profile DEFAULT 'standard', project, "
	"service_account,"
	"	created_at, updated_at);"
	"CREATE TABLE user_authorizations (uuid, user_id DEFAULT " MIA ", client_id DEFAULT " TV ","
	"	scopes DEFAULT 'email', granted_at DEFAULT '2023-01-02 03:04:05Z',"
	"	is_active DEFAULT 1, revoked_at);"
	"CREATE TABLE access_tokens (id, token_hash, token_category DEFAULT 'refresh',"
	"	user_id DEFAULT " MIA ", client_id DEFAULT " TV ", scopes DEFAULT 'email',"
	"	status DEFAULT 'active', authorization_id, expires_at DEFAULT '2023-12-01 "
	"00:00:00Z',"
	"	created_at DEFAULT '2023-11-01 00:00:00Z');"
	"CREATE TABLE device_codes (id); CREATE TABLE authorization_codes (id);"
	"CREATE TABLE oauth_connections (id); CREATE TABLE audit_logs (id);";

static inline void
in_the_original(const char *sql)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(moving.path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static inline void
note_line(void *context, const char *line)
{
	size_t n = strlen(moving.said);

	(void)context;
	(void)snprintf(moving.said + n, sizeof moving.said - n, "%s\n", line);
}

static inline int
make_original(void **state)
{
	if (make_empty_store(state))
		return -1;
	memset(&moving, 0, sizeof moving);
	(void)snprintf(moving.path, sizeof moving.path, "%s/go", place.directory);
	moving.config = (struct config){
		.base_url = STR("https://id.example"),
		.session_secret = STR("0123456789abcdef0123456789abcdef"),
		.refresh_family_ttl_s = 365 * 24 * 3600,
	};
	moving.request = (struct from_go_request){
		.from = {.driver = STR("sqlite"), .dsn = str_of(moving.path)},
		.to = place_setup(),
		.config = &moving.config,
		.now_ms = PLACE_NOW_MS,
	};
	in_the_original(original_schema);
	return 0;
}

static inline int
remove_original(void **state)
{
	(void)unlink(moving.path);
	return remove_place_store(state);
}

static inline enum err
try_to_move_in(void)
{
	moving.report = (struct from_go_report){.tell = note_line};
	moving.said[0] = '\0';
	return from_go(&moving.request, &moving.report, &moving.diag);
}

static inline void
move_in(void)
{
	if (try_to_move_in())
		fail_msg("%s", moving.diag.text);
}

static inline bool
was_told(const char *words)
{
	return strstr(moving.said, words);
}

#define assert_told(words) \
	do { \
		if (!was_told(words)) \
			fail_msg("not told: %s, but:\n%s", (words), moving.said); \
	} while (0)

#define assert_imported(table, of, in) \
	do { \
		assert_int_equal(moving.report.tables[table].imported, (of)); \
		assert_int_equal(moving.report.tables[table].found, (in)); \
	} while (0)

/* A query that gives a 1 of what is as it should be. */
#define assert_holds(sql) assert_int_equal(place_count("SELECT " sql), 1)

#define MOVING(test) cmocka_unit_test_setup_teardown(test, make_original, remove_original)

#endif
