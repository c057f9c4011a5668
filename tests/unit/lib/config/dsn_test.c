/* What people see of a data source name. */
#include "tests/support/check.h"

#include "lib/config/config.h"
#include "lib/config/dsn.h"

#include <string.h>

static const struct {
	const char *dsn, *shown;
} samples[] = {
	{"authgate.db", "authgate.db"},
	{"/var/lib/authgate/authgate.db", "/var/lib/authgate/authgate.db"},
	{"host=db dbname=authgate user=a", "host=db dbname=authgate user=a"},
	{"host=db password=hunter2 dbname=x", "host=db password=***"},
	{"PASSWORD = 'hunter2 \\' hunter2'", "PASSWORD=***"},
	{"sslpassword=hunter2", "sslpassword=***"},
	{"host=db options='-c x=hunter2'", "host=db options=***"},
	{"postgres://u@db/x", "postgres://u@db/x"},
	{"postgres://db:5432/x", "postgres://db:5432/x"},
	{"postgres://u:hunter2@db:5432/x?sslmode=require",
		"postgres://u:***@db:5432/x?sslmode=require"},
	{"postgres://u:hunter2@hunter2@db/x", "postgres://u:***@db/x"},
	{"postgres://u:hunter2/@hunter2@db/x", "postgres://u:***@db/x"},
	{"postgres://u:hunter2?@db/x", "postgres://u:***@db/x"},
	/* The @ and the host were forgotten. */
	{"postgres://u:hunter2", "postgres://u:***"},
	{"postgres://u:hunter2/x?sslmode=require", "postgres://u:***"},
	{"postgres://[::1]:5432,db:5433/x", "postgres://[::1]:5432,db:5433/x"},
	/* Torn. */
	{"postgres:/u:hunter2@h/x", "postgres:/***@h/x"},
	{"postgres:u:hunter2@h/x?sslmode=require", "postgres:***@h/x?sslmode=require"},
	{"Postgres:hunter2", "Postgres:***"},
	{"//u:hunter2@h/x", "***@h/x"},
	{"mysql://u:hunter2@h/x", "mysql://***@h/x"},
	{"host=db passwd=hunter2 dbname=x", "host=db passwd=***"},
	{"host=db password = 'hunter2", "host=db ***"},
	{"host=db hunter2 dbname=x", "host=db ***"},
	{"host='/run/my db' user=a", "host='/run/my db' user=a"},
	{"postgresql://db/x?user=u&password=hunter2", "postgresql://db/x?user=u&***"},
	{"", ""},
};

static void
test_no_password_is_shown(void **state)
{
	struct arena arena = {0};

	(void)state;
	for (size_t i = 0; i < countof(samples); i++)
		assert_str(dsn_masked(&arena, str_of(samples[i].dsn)), samples[i].shown);
	arena_free(&arena);
}

static void
test_a_file_name_is_no_dsn_of_postgresql(void **state)
{
	(void)state;
	assert_true(dsn_is_postgres(STR("postgres://h/x")));
	assert_true(dsn_is_postgres(STR("postgresql:///x")));
	assert_true(dsn_is_postgres(STR("host=/run")));
	assert_false(dsn_is_postgres(STR("authgate.db")));
	assert_false(dsn_is_postgres(STR("mysql://x")));
	assert_false(dsn_is_postgres(STR("postgres:/u:p@h/x?sslmode=require")));
}

static void
test_a_dsn_of_another_driver_is_no_file_name(void **state)
{
	(void)state;
	assert_true(dsn_is_file(STR("authgate.db")));
	assert_true(dsn_is_file(STR("/var/lib/a=b/authgate.db")));
	assert_true(dsn_is_file(STR("file:/var/lib/authgate.db?mode=rw")));
	assert_false(dsn_is_file(STR("postgres://u:p@h/x")));
	assert_false(dsn_is_file(STR("postgres:/u:p@h/x")));
	assert_false(dsn_is_file(STR("mysql://u:p@h/x")));
	assert_false(dsn_is_file(STR("host=db password=p")));
	assert_false(dsn_is_file(STR(" password = p")));
}

static void
test_a_time_zone_is_left_out(void **state)
{
	struct arena a = {0};

	(void)state;
	assert_str(dsn_for_libpq(&a, STR("host=db TimeZone=UTC user=a")), "host=db user=a");
	assert_str(dsn_for_libpq(&a, STR("host=db password='TimeZone=UTC'")),
		"host=db password='TimeZone=UTC'");
	assert_str(dsn_for_libpq(&a, STR("postgres://u:p@h/x?TimeZone=UTC&sslmode=disable")),
		"postgres://u:p@h/x?sslmode=disable");
	assert_str(dsn_for_libpq(&a, STR("postgres://u:p@h/x?timezone=UTC")), "postgres://u:p@h/x");
	arena_free(&a);
}

/* ---- in a configuration ---- */

static struct arena place;
static struct config_result result;

static enum err
load(const char *one, const char *two)
{
	const char *variables[] = {
		"SESSION_SECRET=kT8s0Qw3vB6nXr1ZyLm9EaPdHc5UfGj7", one, two, NULL};
	struct config_request request = {.variables = variables};

	return config_load(&place, &request, &result);
}

static void
test_the_path_of_the_go_original_names_the_file(void **state)
{
	(void)state;
	assert_ok(load("DATABASE_PATH=/tmp/oauth.db", NULL));
	assert_str(result.config.database_dsn, "/tmp/oauth.db");
	assert_int_equal(result.warnings.n, 0);
	assert_ok(load("DATABASE_PATH=/tmp/a.db", "DATABASE_DSN=b.db"));
	assert_str(result.config.database_dsn, "b.db");
	assert_non_null(strstr(result.warnings.p, "DATABASE_PATH is not used"));
	arena_free(&place);
}

static void
test_a_dsn_of_postgresql_for_sqlite_is_refused_without_its_password(void **state)
{
	static const char *const dsns[] = {
		"DATABASE_DSN=postgres://a:hunter2@h/x",
		"DATABASE_DSN=postgres:/a:hunter2@h/x",
		"DATABASE_DSN=host=h password=hunter2",
	};

	(void)state;
	for (size_t i = 0; i < countof(dsns); i++) {
		assert_err(load(dsns[i], NULL), ERR_CONFIG);
		assert_non_null(strstr(result.problems.p, "set that to postgres"));
		assert_null(strstr(result.problems.p, "hunter2"));
	}
	arena_free(&place);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_password_is_shown),
		cmocka_unit_test(test_a_file_name_is_no_dsn_of_postgresql),
		cmocka_unit_test(test_a_dsn_of_another_driver_is_no_file_name),
		cmocka_unit_test(test_a_time_zone_is_left_out),
		cmocka_unit_test(test_the_path_of_the_go_original_names_the_file),
		cmocka_unit_test(
			test_a_dsn_of_postgresql_for_sqlite_is_refused_without_its_password),
	};

	return RUN(tests);
}
