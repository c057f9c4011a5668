/* What has no change of its own is written all the same, once, and never without bound. */
#include "tests/support/store.h"

#include "lib/audit/backlog.h"

#include <pthread.h>

enum { ROOM = 4, THREADS = 4, TIMES = 1000 };

static struct audit_backlog *backlog;

static int
make(void **state)
{
	backlog = audit_backlog_new(ROOM);
	return make_place_store(state);
}

static int
drop(void **state)
{
	audit_backlog_free(backlog);
	return remove_place_store(state);
}

static bool
note(const char *detail)
{
	struct context cx = {
		.now_ms = PLACE_NOW_MS, .ip = STR("192.0.2.1"), .request_id = STR("r")};
	struct audit_record record = {.event = AUDIT_EVENT_RATE_LIMITED,
		.actor = AUDIT_ANONYMOUS,
		.target = STR("route:/x"),
		.detail = str_of(detail)};

	return audit_backlog_add(backlog, &cx, &record);
}

static enum err
flush(void)
{
	struct audit_flush f = {backlog, &place.arena, PLACE_NOW_MS, NULL};
	enum err e = store_transaction(place.store, audit_backlog_write, &f);

	audit_backlog_settle(&f, e);
	return e;
}

static void
test_what_was_noted_is_written_in_order(void **state)
{
	(void)state;
	assert_true(audit_backlog_is_empty(backlog));
	(void)note("n=1");
	(void)note("n=2");
	assert_false(audit_backlog_is_empty(backlog));
	assert_ok(flush());
	assert_true(audit_backlog_is_empty(backlog));
	assert_int_equal(place_count("SELECT count(*) FROM audit_log WHERE ip = '192.0.2.1' AND "
				     "event = 'RATE_LIMIT_EXCEEDED' AND detail = 'n=' || seq"),
		2);
}

static void
test_the_same_again_is_counted(void **state)
{
	(void)state;
	for (int i = 0; i < TIMES; i++)
		(void)note("n=1");
	assert_ok(flush());
	assert_int_equal(place_count("SELECT count(*) FROM audit_log"), 1);
	assert_int_equal(
		place_count("SELECT count(*) FROM audit_log WHERE detail = 'n=1 times=1000'"), 1);
}

static void
test_what_finds_no_room_is_told(void **state)
{
	(void)state;
	for (int i = 0; i < ROOM + 3; i++)
		assert_int_equal(note(arena_printf(&place.arena, "n=%d", i)), i < ROOM);
	assert_ok(flush());
	assert_int_equal(place_count("SELECT count(*) FROM audit_log"), ROOM + 1);
	assert_int_equal(place_count("SELECT count(*) FROM audit_log WHERE event = "
				     "'AUDIT_EVENTS_DROPPED' AND detail = 'lost=3'"),
		1);
	assert_ok(flush());
	assert_int_equal(place_count("SELECT count(*) FROM audit_log"), ROOM + 1);
}

static void
test_a_database_that_fails_loses_nothing(void **state)
{
	(void)state;
	(void)note("n=1");
	place_sql("CREATE TRIGGER full BEFORE INSERT ON audit_log "
		  "BEGIN SELECT RAISE(ABORT, 'full'); END");
	assert_err(flush(), ERR_STORE);
	for (int i = 2; i <= ROOM + 1; i++)
		(void)note(arena_printf(&place.arena, "n=%d", i));
	assert_err(flush(), ERR_STORE);
	place_sql("DROP TRIGGER full");
	assert_ok(flush());
	assert_int_equal(place_count("SELECT count(*) FROM audit_log WHERE seq <= 4 AND detail = "
				     "'n=' || seq"),
		ROOM);
	assert_int_equal(place_count("SELECT count(*) FROM audit_log WHERE detail = 'lost=1'"), 1);
}

static void *
note_often(void *arg)
{
	(void)arg;
	for (int i = 0; i < TIMES; i++)
		(void)note("n=1");
	return NULL;
}

static void
test_threads_lose_nothing(void **state)
{
	pthread_t threads[THREADS];

	(void)state;
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, note_often, NULL), 0);
	for (int i = 0; i < 20; i++)
		assert_ok(flush());
	for (int i = 0; i < THREADS; i++)
		assert_int_equal(pthread_join(threads[i], NULL), 0);
	assert_ok(flush());
	assert_int_equal(place_count("SELECT sum(CASE WHEN detail = 'n=1' THEN 1 ELSE "
				     "CAST(substr(detail, 11) AS INTEGER) END) FROM audit_log"),
		THREADS * TIMES);
}

#define IN_BACKLOG(test) cmocka_unit_test_setup_teardown(test, make, drop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_BACKLOG(test_what_was_noted_is_written_in_order),
		IN_BACKLOG(test_the_same_again_is_counted),
		IN_BACKLOG(test_what_finds_no_room_is_told),
		IN_BACKLOG(test_a_database_that_fails_loses_nothing),
		IN_BACKLOG(test_threads_lose_nothing),
	};

	return RUN(tests);
}
