/* What sqlc and embed write, and what they refuse.  The tools lie in the same
 * build directory as this program. */
#include "tests/support/check.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static char tools[512];
static char place[] = "/tmp/authgate-tools-XXXXXX";

static int
run(const char *format, const char *input)
{
	char command[2048], file[128];
	FILE *f;

	(void)snprintf(file, sizeof file, "%s/in.sql", place);
	f = fopen(file, "w");
	assert_non_null(f);
	(void)fputs(input, f);
	assert_int_equal(fclose(f), 0);
	(void)snprintf(command, sizeof command, "T='%s'; cd %s && %s", tools, place, format);
	return system(command);
}

static void
test_sqlc_collects_statements_without_comments(void **state)
{
	(void)state;
	assert_int_equal(run("\"$T\"/sqlc o.h o.c in.sql && grep -q 'SQL_A_B,' o.h && "
			     "grep -qF '{\"a_b\", \"SELECT '\"'--x  '\"' FROM t\"},' o.c",
				 "-- about\n-- name: a_b\nSELECT '--x  ' -- why\n\tFROM  t;\n"),
		0);
}

static void
test_sqlc_refuses_repeated_empty_and_nameless_statements(void **state)
{
	(void)state;
	assert_int_equal(run("! \"$T\"/sqlc o.h o.c in.sql 2>e && grep -q 'in.sql:3: a: named' e",
				 "-- name: a\nSELECT 1;\n-- name: a\nSELECT 2;\n"),
		0);
	assert_int_equal(run("! \"$T\"/sqlc o.h o.c in.sql 2>e && grep -q 'in.sql:1: a: the' e",
				 "-- name: a\n-- nothing\n-- name: b\nSELECT 2;\n"),
		0);
	assert_int_equal(
		run("! \"$T\"/sqlc o.h o.c in.sql 2>e && grep -q 'in.sql:1:' e", "SELECT 1;\n"), 0);
}

static void
test_sqlc_numbers_the_columns_of_a_row_once(void **state)
{
	(void)state;
	assert_int_equal(
		run("\"$T\"/sqlc o.h o.c in.sql && tr -d '\\n\\t' <o.h | grep -q "
		    "'enum {COL_T_ID,COL_T_NAME,COL_T_TIMES,COL_T_STATE,};$' && "
		    "test $(grep -c COL_T_ID o.h) = 1",
			"-- name: a\n-- row: t\nSELECT t.id, name, (SELECT max(x, ', y') FROM u) "
			"AS "
			"times,\n\tCASE WHEN a THEN 'b, c' END AS state FROM t;\n"
			"-- name: b\n-- row: t\nUPDATE t SET id = $1 RETURNING id, name, times, "
			"state;\n"),
		0);
}

static void
test_sqlc_refuses_a_row_whose_statements_differ(void **state)
{
	(void)state;
	assert_int_equal(run("! \"$T\"/sqlc o.h o.c in.sql 2>e && "
			     "grep -q 'in.sql:4: b: the columns of row t differ from those of a' e",
				 "-- name: a\n-- row: t\nSELECT id, name FROM t;\n"
				 "-- name: b\n-- row: t\nSELECT name, id FROM t;\n"),
		0);
	assert_int_equal(run("! \"$T\"/sqlc o.h o.c in.sql 2>e && "
			     "grep -q 'in.sql:1: a: column 2 needs a name' e",
				 "-- name: a\n-- row: t\nSELECT id, count(*) FROM t;\n"),
		0);
	assert_int_equal(run("! \"$T\"/sqlc o.h o.c in.sql 2>e && "
			     "grep -q 'in.sql:1: a: answers with no row' e",
				 "-- name: a\n-- row: t\nDELETE FROM t;\n"),
		0);
}

static void
test_sqlc_fills_three_dots(void **state)
{
	(void)state;
	assert_int_equal(
		run("\"$T\"/sqlc o.h o.c in.sql && "
		    "grep -qF '{\"b\", \"SELECT t.id, max(x, y) AS most FROM t WHERE id = $1\"},' "
		    "o.c && "
		    "grep -qF '{\"c\", \"INSERT INTO t (id, name) VALUES ($1, $2) RETURNING t.id, "
		    "max(x, y) AS most\"},' o.c",
			"-- name: a\n-- row: t\nSELECT t.id,\n\tmax(x, y) AS most FROM t;\n"
			"-- name: b\n-- row: t\nSELECT ... FROM t WHERE id = $1;\n"
			"-- name: c\n-- row: t\nINSERT INTO t (id,\n\tname) VALUES "
			"(...)\nRETURNING "
			"...;\n"),
		0);
	assert_int_equal(run("! \"$T\"/sqlc o.h o.c in.sql 2>e && "
			     "grep -q 'in.sql:1: a: no statement before it has columns' e",
				 "-- name: a\n-- row: t\nSELECT ... FROM t;\n"),
		0);
	assert_int_equal(run("! \"$T\"/sqlc o.h o.c in.sql 2>e && "
			     "grep -q 'in.sql:1: a: VALUES (...) needs a list of columns' e",
				 "-- name: a\nINSERT INTO t VALUES (...);\n"),
		0);
}

static void
test_statements_behind_late_come_last_and_do_not_count(void **state)
{
	(void)state;
	assert_int_equal(run("echo '-- name: z' >z.sql; echo 'SELECT 2;' >>z.sql;"
			     "\"$T\"/sqlc o.h o.c in.sql --late z.sql && "
			     "grep -q 'SQL_EARLY_COUNT = 1 ' o.h && "
			     "tr -d '\\n\\t' <o.h | grep -q 'SQL_A,SQL_Z,SQL_COUNT'",
				 "-- name: a\nSELECT 1;\n"),
		0);
}

static void
test_copyc_puts_tables_in_order_and_refuses_one_without_a_key(void **state)
{
	(void)state;
	assert_int_equal(
		run("\"$T\"/copyc o.sql o.c in.sql && grep -q '(b, c) > ($1, $2)' o.sql && "
		    "tr -d '\\n\\t' <o.c | "
		    "grep -q 'name = \"z\".*seeded = 1.*name = \"a\".*\"itb\".*{1, 0}'",
			"CREATE TABLE a (c INTEGER, b TEXT REFERENCES z (b), d BLOB, "
			"PRIMARY KEY (b, c));"
			"CREATE TABLE z (b TEXT PRIMARY KEY); INSERT INTO z VALUES ('')"),
		0);
	assert_int_equal(run("! \"$T\"/copyc o.sql o.c in.sql 2>e && grep -q 'no primary key' e",
				 "CREATE TABLE a (b TEXT)"),
		0);
}

static void
test_embed_writes_bytes_and_their_digest_and_accepts_none(void **state)
{
	(void)state;
	assert_int_equal(
		run("\"$T\"/embed x o.h o.c in.sql && grep -q '97,98,99,' o.c && grep -q "
		    "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad o.c && "
		    "grep -q 'x_count = 1' o.c && \"$T\"/embed x o.h o.c && grep -q 'x_count = 0' "
		    "o.c",
			"abc"),
		0);
}

int
main(int argc, char *argv[])
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sqlc_collects_statements_without_comments),
		cmocka_unit_test(test_sqlc_refuses_repeated_empty_and_nameless_statements),
		cmocka_unit_test(test_sqlc_numbers_the_columns_of_a_row_once),
		cmocka_unit_test(test_sqlc_refuses_a_row_whose_statements_differ),
		cmocka_unit_test(test_sqlc_fills_three_dots),
		cmocka_unit_test(test_statements_behind_late_come_last_and_do_not_count),
		cmocka_unit_test(test_copyc_puts_tables_in_order_and_refuses_one_without_a_key),
		cmocka_unit_test(test_embed_writes_bytes_and_their_digest_and_accepts_none),
	};
	char *self = argc ? realpath(argv[0], NULL) : NULL;
	char *cut = self ? strstr(self, "/tests/unit/") : NULL;
	char command[128];
	int failed;

	if (!cut || !mkdtemp(place))
		return 1;
	(void)snprintf(tools, sizeof tools, "%.*s/tools", (int)(cut - self), self);
	free(self);
	failed = RUN(tests);
	(void)snprintf(command, sizeof command, "rm -r %s", place);
	return system(command) || failed;
}
