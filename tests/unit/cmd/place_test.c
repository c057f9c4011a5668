/* Every way to name a database, and what happens to passwords among them. */
#include "tests/support/check.h"

#include "cmd/place.h"

#include <stdlib.h>
#include <unistd.h>

static struct arena arena;

static void
assert_reads(const char *text, const char *driver, const char *dsn)
{
	char argument[256];
	struct store_setup setup;

	(void)snprintf(argument, sizeof argument, "%s", text);
	assert_true(place_read(&arena, argument, &setup));
	assert_str(setup.driver, driver);
	assert_str(setup.dsn, dsn);
}

static bool
is_read(const char *text)
{
	char argument[256];
	struct store_setup setup;

	(void)snprintf(argument, sizeof argument, "%s", text);
	return place_read(&arena, argument, &setup);
}

static void
test_the_word_in_front_tells_the_driver(void **state)
{
	(void)state;
	assert_reads("sqlite:/var/lib/a.db", "sqlite", "/var/lib/a.db");
	assert_reads("sqlite:postgres://odd/name", "sqlite", "postgres://odd/name");
	assert_reads("postgres:host=db dbname=a", "postgres", "host=db dbname=a");
	assert_reads("postgres://db/a", "postgres", "postgres://db/a");
}

static void
test_without_a_word_its_looks_tell(void **state)
{
	(void)state;
	assert_reads("a.db", "sqlite", "a.db");
	assert_reads("host=db dbname=a", "postgres", "host=db dbname=a");
}

static void
test_an_empty_name_names_nothing(void **state)
{
	(void)state;
	assert_false(is_read(""));
	assert_false(is_read("sqlite:"));
	assert_false(is_read("postgres:"));
}

static void
test_a_variable_holds_the_name(void **state)
{
	(void)state;
	assert_int_equal(setenv("PLACE_TEST", "postgres:host=db password=pw", 1), 0);
	assert_reads("env:PLACE_TEST", "postgres", "host=db password=pw");
	assert_int_equal(unsetenv("PLACE_TEST"), 0);
	assert_false(is_read("env:PLACE_TEST"));
}

static void
write_file(const char *path, const char *text, size_t n)
{
	FILE *f = fopen(path, "we");

	assert_non_null(f);
	assert_int_equal(fwrite(text, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void
test_the_first_line_of_a_file_holds_the_name(void **state)
{
	char argument[] = "@/tmp/authgate-place-XXXXXX";
	const char *path = argument + 1;
	char long_line[5000];
	int fd = mkstemp(argument + 1);

	(void)state;
	assert_true(fd >= 0);
	(void)close(fd);
	write_file(path, "sqlite:a.db\r\nsqlite:b.db\n", 25);
	assert_reads(argument, "sqlite", "a.db");
	write_file(path, "a.db", 4);
	assert_reads(argument, "sqlite", "a.db");
	/* A name that does not fit is not cut. */
	memset(long_line, 'x', sizeof long_line);
	write_file(path, long_line, sizeof long_line);
	assert_false(is_read(argument));
	write_file(path, "", 0);
	assert_false(is_read(argument));
	assert_int_equal(unlink(path), 0);
	assert_false(is_read(argument));
}

/* L1: what ps shows. */
static void
test_a_password_on_the_command_line_is_overwritten(void **state)
{
	char secret[] = "postgres://mia:hush@db/a", plain[] = "postgres://db/a";
	struct store_setup setup;

	(void)state;
	assert_true(place_read(&arena, secret, &setup));
	assert_str(setup.dsn, "postgres://mia:hush@db/a");
	assert_int_equal(strspn(secret, "*"), sizeof secret - 1);
	assert_true(place_read(&arena, plain, &setup));
	assert_string_equal(plain, "postgres://db/a");
}

static void
test_people_see_no_password(void **state)
{
	static const char *const rows[][3] = {
		{"sqlite", "/var/lib/a.db", "sqlite:/var/lib/a.db"},
		{"postgres", "host=db password=hush", "postgres:host=db password=***"},
		{"postgres", "postgres://mia:hush@db/a", "postgres://mia:***@db/a"},
	};

	(void)state;
	for (size_t i = 0; i < countof(rows); i++) {
		struct store_setup setup = {
			.driver = str_of(rows[i][0]), .dsn = str_of(rows[i][1])};

		assert_str(place_text(&arena, &setup), rows[i][2]);
	}
}

static int
free_arena(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_word_in_front_tells_the_driver),
		cmocka_unit_test(test_without_a_word_its_looks_tell),
		cmocka_unit_test(test_an_empty_name_names_nothing),
		cmocka_unit_test(test_a_variable_holds_the_name),
		cmocka_unit_test(test_the_first_line_of_a_file_holds_the_name),
		cmocka_unit_test(test_a_password_on_the_command_line_is_overwritten),
		cmocka_unit_test(test_people_see_no_password),
	};

	return cmocka_run_group_tests_name(__FILE__, tests, NULL, free_arena);
}
