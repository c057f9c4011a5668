/* Migrations in PostgreSQL's words. */
#include "tests/support/check.h"

#include "lib/store/postgres_words.h"

static struct arena arena;

static int
free_arena(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static void
test_types_and_table_options_are_put_in_other_words(void **state)
{
	(void)state;
	assert_string_equal(postgres_words(&arena, "CREATE TABLE t (id BLOB, n INTEGER, s TEXT) "
						   "STRICT, WITHOUT ROWID;"),
		"CREATE TABLE t (id BYTEA, n BIGINT, s TEXT COLLATE \"C\") ;");
	assert_string_equal(postgres_words(&arena, "x integer) strict"), "x BIGINT) ");
	assert_string_equal(postgres_words(&arena, ") WITHOUT ROWID"), ") ");
}

static void
test_only_whole_words_count(void **state)
{
	static const char sql[] = "BLOBS ablob INTEGERS _TEXT TEXT1 STRICTLY";

	(void)state;
	assert_string_equal(postgres_words(&arena, sql), sql);
}

static void
test_comments_and_quotes_stay_as_they_are(void **state)
{
	static const char *const same[] = {
		"-- a token's TEXT\n",
		"-- TEXT at the end",
		"DEFAULT 'TEXT, ''BLOB'' '",
		"\"TEXT\"",
		"'never closed TEXT",
		"",
	};

	(void)state;
	for (size_t i = 0; i < countof(same); i++)
		assert_string_equal(postgres_words(&arena, same[i]), same[i]);
	assert_string_equal(
		postgres_words(&arena, "-- it's\nBLOB 'x' BLOB"), "-- it's\nBYTEA 'x' BYTEA");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(
			test_types_and_table_options_are_put_in_other_words, free_arena),
		cmocka_unit_test_teardown(test_only_whole_words_count, free_arena),
		cmocka_unit_test_teardown(test_comments_and_quotes_stay_as_they_are, free_arena),
	};

	return RUN(tests);
}
