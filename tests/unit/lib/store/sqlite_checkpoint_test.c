/* The WAL stays short under a writer that never rests, and nothing in it is lost. */
#include "tests/support/check.h"

#include "lib/store/sqlite_checkpoint.h"

#include <dirent.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { COMMITS = 2500, PAGES_A_COMMIT = 10, PAGE_SIZE = 4096, WAL_PAGES_MAX = 12000 };

static char directory[64], path[96], wal[112];
static sqlite3 *writer;
static struct checkpointer *checkpointer;

static void
sql(sqlite3 *db, const char *text)
{
	if (sqlite3_exec(db, text, NULL, NULL, NULL))
		fail_msg("%s: %s", text, sqlite3_errmsg(db));
}

static int
make_database(void **state)
{
	(void)state;
	(void)snprintf(directory, sizeof directory, "/tmp/authgate-test-XXXXXX");
	if (!mkdtemp(directory))
		return -1;
	(void)snprintf(path, sizeof path, "%s/db", directory);
	(void)snprintf(wal, sizeof wal, "%s-wal", path);
	assert_int_equal(sqlite3_open(path, &writer), SQLITE_OK);
	sql(writer, "PRAGMA journal_mode = WAL; PRAGMA synchronous = OFF;"
		    "CREATE TABLE t (n INTEGER PRIMARY KEY, page BLOB)");
	checkpointer = checkpointer_new(writer, path);
	return 0;
}

static int
remove_database(void **state)
{
	(void)state;
	checkpointer_free(checkpointer);
	(void)sqlite3_close(writer);
	assert_int_equal(access(wal, F_OK), -1);
	(void)unlink(path);
	return rmdir(directory);
}

static void
commit_pages(void)
{
	sql(writer, "BEGIN");
	for (int i = 0; i < PAGES_A_COMMIT; i++)
		sql(writer, "INSERT INTO t (page) VALUES (zeroblob(3900))");
	sql(writer, "COMMIT");
}

static int
thread_count(void)
{
	DIR *tasks = opendir("/proc/self/task");
	int n = 0;

	assert_non_null(tasks);
	while (readdir(tasks))
		n++;
	(void)closedir(tasks);
	return n;
}

static void
test_the_wal_stays_short_under_a_writer_that_never_rests(void **state)
{
	int64_t longest = 0;
	struct stat st;

	(void)state;
	for (int i = 0; i < COMMITS; i++) {
		commit_pages();
		assert_int_equal(stat(wal, &st), 0);
		longest = st.st_size > longest ? st.st_size : longest;
	}
	assert_true(longest > 0 && longest < (int64_t)WAL_PAGES_MAX * PAGE_SIZE);
}

static void
test_the_thread_comes_when_the_wal_has_grown(void **state)
{
	int before = thread_count();

	(void)state;
	commit_pages();
	assert_int_equal(thread_count(), before);
	for (int i = 0; i < 150; i++)
		commit_pages();
	assert_int_equal(thread_count(), before + 1);
}

static void
test_everything_is_there_after_the_end(void **state)
{
	sqlite3_stmt *count;
	sqlite3 *db;

	(void)state;
	for (int i = 0; i < 500; i++)
		commit_pages();
	checkpointer_free(checkpointer);
	checkpointer = NULL;
	assert_int_equal(sqlite3_close(writer), SQLITE_OK);
	writer = NULL;
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, "SELECT count(*) FROM t", -1, &count, NULL), 0);
	assert_int_equal(sqlite3_step(count), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int(count, 0), 500 * PAGES_A_COMMIT);
	(void)sqlite3_finalize(count);
	(void)sqlite3_close(db);
}

#define ON(test) cmocka_unit_test_setup_teardown(test, make_database, remove_database)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON(test_the_wal_stays_short_under_a_writer_that_never_rests),
		ON(test_the_thread_comes_when_the_wal_has_grown),
		ON(test_everything_is_there_after_the_end),
	};

	return RUN(tests);
}
