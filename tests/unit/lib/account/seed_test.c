/* The first start, and the ones after it. */
#include "tests/support/store.h"

#include "lib/account/seed.h"
#include "lib/account/user.h"
#include "lib/config/places.h"

#include <stdlib.h>
#include <sys/stat.h>

static struct config config;
static char file[128];

static int
make_seed_place(void **state)
{
	if (make_empty_store(state))
		return -1;
	(void)snprintf(file, sizeof file, "%s/authgate-credentials.txt", place.directory);
	config = (struct config){
		.database_driver = STR("sqlite"), .database_dsn = str_of(place.path)};
	return 0;
}

static int
remove_seed_place(void **state)
{
	(void)unlink(file);
	return remove_place_store(state);
}

static enum err
seed_place(void)
{
	return seed(&config, place.store, PLACE_NOW_MS, &place.diag);
}

static struct str
read_credentials(void)
{
	char *text = arena_alloc(&place.arena, 4096);
	FILE *f = fopen(file, "r");
	size_t n;

	assert_non_null(f);
	n = fread(text, 1, 4096, f);
	(void)fclose(f);
	return (struct str){text, n};
}

/* The value behind "name=" on a line of its own. */
static struct str
value_of(struct str text, const char *name)
{
	while (text.n) {
		struct str line = str_cut(&text, '\n');

		if (str_is(str_cut(&line, '='), name))
			return line;
	}
	return STR_NONE;
}

static void
test_the_first_start_makes_an_admin_who_can_sign_in(void **state)
{
	const struct context cx = {.arena = &place.arena, .store = place.store};
	struct str text, better;
	struct client client;
	struct user user;
	struct stat st;
	struct id id;

	(void)state;
	assert_ok(seed_place());
	assert_int_equal(stat(file, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	text = read_credentials();
	assert_str(value_of(text, "username"), "admin");
	assert_int_equal(value_of(text, "password").n, 20);
	assert_ok(login_check(&cx, STR("admin"), value_of(text, "password"), &user, &better));
	assert_str(user.role, "admin");
	assert_ok(id_parse(value_of(text, "client_id"), &id));
	assert_ok(client_by_id(place.store, &place.arena, id, &client));
	assert_str(client.type, "public");
	assert_int_equal(place_count("SELECT count(*) FROM audit_log WHERE actor = 'system'"), 2);
}

static void
test_the_second_start_does_nothing(void **state)
{
	(void)state;
	assert_ok(seed_place());
	assert_int_equal(unlink(file), 0);
	assert_ok(seed_place());
	assert_int_equal(access(file, F_OK), -1);
	assert_int_equal(place_count("SELECT count(*) FROM users"), 1);
	assert_int_equal(place_count("SELECT count(*) FROM clients"), 1);
	assert_int_equal(place_count("SELECT count(*) FROM audit_log"), 2);
}

static void
test_an_existing_file_stops_the_seeding(void **state)
{
	FILE *f;

	(void)state;
	f = fopen(file, "w");
	assert_non_null(f);
	(void)fputs("mine", f);
	(void)fclose(f);
	assert_err(seed_place(), ERR_IO);
	assert_non_null(strstr(place.diag.text, file));
	assert_str(read_credentials(), "mine");
	assert_int_equal(place_count("SELECT count(*) FROM users"), 0);
	assert_int_equal(place_count("SELECT count(*) FROM clients"), 0);
}

static void
test_a_first_start_without_a_place_for_its_password_is_foreseen(void **state)
{
	char nowhere[160];

	(void)state;
	assert_ok(seed_judge(&config, &place.diag));
	(void)snprintf(nowhere, sizeof nowhere, "%s/nowhere/x.txt", place.directory);
	config.credentials_file = str_of(nowhere);
	assert_err(seed_judge(&config, &place.diag), ERR_IO);
	assert_non_null(strstr(place.diag.text, nowhere));
	config.credentials_file = STR_NONE;
	assert_ok(seed_place());
	assert_err(seed_judge(&config, &place.diag), ERR_IO);
}

static void
test_a_dsn_is_no_path_to_anywhere(void **state)
{
	struct arena arena = {0};

	(void)state;
	config.database_driver = STR("postgres");
	config.database_dsn = STR("postgres://a:hunter2@h:5432/x");
	assert_int_equal(unsetenv("STATE_DIRECTORY"), 0);
	assert_str(config_credentials_path(&arena, &config), "authgate-credentials.txt");
	assert_int_equal(setenv("STATE_DIRECTORY", "/var/lib/a:/var/lib/b", 1), 0);
	assert_str(config_credentials_path(&arena, &config), "/var/lib/a/authgate-credentials.txt");
	assert_int_equal(config_database_file(&arena, &config).n, 0);
	assert_int_equal(config_admin_socket_path(&arena, &config).n, 0);
	assert_int_equal(unsetenv("STATE_DIRECTORY"), 0);
	arena_free(&arena);
}

static void
test_a_link_is_not_followed(void **state)
{
	char target[128];

	(void)state;
	(void)snprintf(target, sizeof target, "%s/elsewhere", place.directory);
	assert_int_equal(symlink(target, file), 0);
	assert_err(seed_place(), ERR_IO);
	assert_int_equal(access(target, F_OK), -1);
	assert_int_equal(place_count("SELECT count(*) FROM users"), 0);
}

static void
test_a_seeding_that_cannot_be_stored_leaves_no_file(void **state)
{
	(void)state;
	place_sql(
		"CREATE TRIGGER no BEFORE INSERT ON clients BEGIN SELECT RAISE(ABORT, 'no'); END");
	assert_err(seed_place(), ERR_STORE);
	assert_int_equal(access(file, F_OK), -1);
	assert_int_equal(place_count("SELECT count(*) FROM users"), 0);
	place_sql("DROP TRIGGER no");
	assert_ok(seed_place());
}

static void
test_a_seeding_that_fails_at_commit_takes_its_file_back(void **state)
{
	(void)state;
	place_sql("CREATE TABLE parent (id INTEGER PRIMARY KEY);"
		  "CREATE TABLE child (parent_id INTEGER REFERENCES parent (id) "
		  "DEFERRABLE INITIALLY DEFERRED);"
		  "CREATE TRIGGER orphan AFTER INSERT ON clients "
		  "BEGIN INSERT INTO child VALUES (7); END");
	assert_err(seed_place(), ERR_STORE);
	assert_int_equal(access(file, F_OK), -1);
	assert_int_equal(place_count("SELECT count(*) FROM users"), 0);
	place_sql("DROP TRIGGER orphan");
	assert_ok(seed_place());
	assert_int_equal(access(file, F_OK), 0);
}

static void
test_the_configured_password_is_used(void **state)
{
	const struct context cx = {.arena = &place.arena, .store = place.store};
	struct str better;
	struct user user;

	(void)state;
	config.default_admin_password = STR("chosen by the operator");
	assert_ok(seed_place());
	assert_ok(login_check(&cx, STR("admin"), STR("chosen by the operator"), &user, &better));
}

static void
test_a_missing_client_alone_is_made_without_a_password(void **state)
{
	struct str text;

	(void)state;
	assert_ok(seed_place());
	assert_int_equal(unlink(file), 0);
	place_sql("DELETE FROM clients");
	assert_ok(seed_place());
	text = read_credentials();
	assert_int_equal(value_of(text, "password").n, 0);
	assert_int_equal(value_of(text, "client_id").n, 36);
	assert_int_equal(place_count("SELECT count(*) FROM users"), 1);
}

#define ON(test) cmocka_unit_test_setup_teardown(test, make_seed_place, remove_seed_place)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON(test_the_first_start_makes_an_admin_who_can_sign_in),
		ON(test_the_second_start_does_nothing),
		ON(test_an_existing_file_stops_the_seeding),
		ON(test_a_first_start_without_a_place_for_its_password_is_foreseen),
		ON(test_a_dsn_is_no_path_to_anywhere),
		ON(test_a_link_is_not_followed),
		ON(test_a_seeding_that_cannot_be_stored_leaves_no_file),
		ON(test_a_seeding_that_fails_at_commit_takes_its_file_back),
		ON(test_the_configured_password_is_used),
		ON(test_a_missing_client_alone_is_made_without_a_password),
	};

	return RUN(tests);
}
