/* What people see of a data source name. */
#include "tests/support/check.h"

#include "lib/config/dsn.h"

static const struct {
	const char *dsn, *shown;
} samples[] = {
	{"authgate.db", "authgate.db"},
	{"/var/lib/authgate/authgate.db", "/var/lib/authgate/authgate.db"},
	{"host=db dbname=authgate user=a", "host=db dbname=authgate user=a"},
	{"host=db password=hunter2 dbname=x", "host=db password=***"},
	{"PASSWORD = 'hunter2 \\' hunter2'", "password=***"},
	{"sslpassword=hunter2", "sslpassword=***"},
	{"postgres://u@db/x", "postgres://u@db/x"},
	{"postgres://db:5432/x", "postgres://db:5432/x"},
	{"postgres://u:hunter2@db:5432/x?sslmode=require",
		"postgres://u:***@db:5432/x?sslmode=require"},
	{"postgres://u:hunter2@hunter2@db/x", "postgres://u:***@db/x"},
	{"postgres://u:hunter2/@hunter2@db/x", "postgres://u:***@db/x"},
	{"postgresql://db/x?user=u&password=hunter2", "postgresql://db/x?***"},
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
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_password_is_shown),
		cmocka_unit_test(test_a_file_name_is_no_dsn_of_postgresql),
	};

	return RUN(tests);
}
