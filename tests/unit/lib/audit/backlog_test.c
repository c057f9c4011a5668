/* What has no change of its own is written all the same, once, and never without bound. */
#include "tests/support/store.h"

#include "lib/audit/backlog.h"

#include <pthread.h>
#include <stdio.h>

enum { ROOM = 8, SHARE = 4, THREADS = 4, TIMES = 1000 };

static struct audit_backlog *backlog;

static int
make(void **state)
{
	backlog = audit_backlog_new(ROOM, SHARE);
	return make_place_store(state);
}

static int
drop(void **state)
{
	audit_backlog_free(backlog);
	return remove_place_store(state);
}

static bool
note_of(const char *actor, const char *ip, const char *detail)
{
	struct context cx = {.arena = &place.arena,
		.now_ms = PLACE_NOW_MS,
		.ip = str_of(ip),
		.request_id = STR("r")};
	struct audit_record record = {.event = AUDIT_EVENT_RATE_LIMITED,
		.actor = str_of(actor),
		.target = STR("route:/x"),
		.detail = str_of(detail)};

	return audit_backlog_add(backlog, &cx, &record);
}

static bool
note(const char *detail)
{
	return note_of("anonymous", "192.0.2.1", detail);
}

/* Every time as if it were the first. */
static void
flood(const char *ip, int times)
{
	for (int i = 0; i < times; i++)
		(void)note_of("anonymous", ip, arena_printf(&place.arena, "n=%d", i));
}

static void
assert_rows(int64_t count, const char *condition)
{
	const char *sql =
		arena_printf(&place.arena, "SELECT count(*) FROM audit_log WHERE %s", condition);

	if (place_count(sql) != count)
		fail_msg("%s: %lld", condition, (long long)place_count(sql));
}

static enum err
flush_at(int64_t now_ms)
{
	struct audit_flush f = {backlog, &place.arena, now_ms, NULL, false};
	enum err e = store_transaction(place.store, audit_backlog_write, &f);

	audit_backlog_settle(&f, e);
	return e;
}

static enum err
flush(void)
{
	return flush_at(PLACE_NOW_MS);
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
test_one_stranger_does_not_crowd_out_others(void **state)
{
	(void)state;
	flood("192.0.2.1", TIMES);
	assert_true(note_of("anonymous", "192.0.2.2", "mine"));
	assert_true(note_of("user:alice", "192.0.2.1", "mine"));
	assert_ok(flush());
	assert_rows(SHARE, "ip = '192.0.2.1' AND detail LIKE 'n=%'");
	assert_rows(1, "ip = '192.0.2.1' AND detail = 'folded=996' AND actor = 'anonymous' AND "
		       "event = 'RATE_LIMIT_EXCEEDED'");
	assert_rows(1, "ip = '192.0.2.2' AND detail = 'mine'");
	assert_rows(1, "ip = '192.0.2.1' AND detail = 'mine' AND actor = 'user:alice'");
	assert_rows(SHARE + 3, "1 = 1");
}

static void
test_a_stranger_with_many_addresses_is_one(void **state)
{
	(void)state;
	for (int i = 0; i < TIMES; i++)
		(void)note_of(
			"anonymous", arena_printf(&place.arena, "2001:db8:1:%x::1", i), "theirs");
	assert_true(note_of("anonymous", "2001:db8:2::1", "mine"));
	assert_ok(flush());
	assert_rows(SHARE, "detail = 'theirs'");
	assert_rows(1, "ip = '2001:db8:1::/48' AND detail = 'folded=996'");
	assert_rows(1, "ip = '2001:db8:2::1' AND detail = 'mine'");
}

/* Many floods at once: those who have most give way. */
static void
test_a_full_list_is_shared_evenly(void **state)
{
	(void)state;
	flood("192.0.2.1", TIMES);
	flood("192.0.2.2", TIMES);
	for (int i = 3; i <= ROOM; i++)
		assert_true(
			note_of("anonymous", arena_printf(&place.arena, "192.0.2.%d", i), "mine"));
	assert_ok(flush());
	assert_rows(ROOM - 2, "detail = 'mine'");
	assert_rows(1, "ip = '192.0.2.1' AND detail = 'folded=999'");
	assert_rows(1, "ip = '192.0.2.2' AND detail = 'folded=999'");
	assert_rows(ROOM + 2, "1 = 1");
}

static void
test_what_finds_no_room_is_told(void **state)
{
	(void)state;
	for (int i = 0; i < ROOM + 3; i++)
		assert_int_equal(
			note_of("anonymous", arena_printf(&place.arena, "192.0.2.%d", i), "n=1"),
			i < ROOM);
	assert_ok(flush());
	assert_rows(ROOM + 1, "1 = 1");
	assert_rows(1, "event = 'AUDIT_EVENTS_DROPPED' AND detail = 'lost=3'");
	assert_ok(flush());
	assert_rows(ROOM + 1, "1 = 1");
}

static bool
pay(const char *actor, const char *ip, int64_t now_ms)
{
	struct arena arena = {0};
	struct context of = {.arena = &arena, .now_ms = now_ms, .ip = str_of(ip)};
	struct audit_record record = {.event = AUDIT_EVENT_RATE_LIMITED, .actor = str_of(actor)};
	bool paid = audit_backlog_pay(backlog, &of, &record);

	arena_free(&arena);
	return paid;
}

/* Ten thousand networks, each every ten minutes. */
static void
test_a_day_of_strangers_has_a_ceiling(void **state)
{
	int64_t paid = 0;
	char ip[32];

	(void)state;
	for (int round = 0; round < 144; round++)
		for (int i = 0; i < 10000; i++) {
			(void)snprintf(ip, sizeof ip, "10.%d.%d.1", i / 100, i % 100);
			paid += pay("anonymous", ip, PLACE_NOW_MS + round * 600000 + i * 60);
		}
	assert_in_range(paid, 10000 + 43000, 10000 + 43200);
	/* Known people have their own rows. */
	assert_true(pay("user:mia", "10.1.1.1", PLACE_NOW_MS + 86400000));
}

static void
test_one_source_has_a_ceiling(void **state)
{
	int64_t paid = 0;

	(void)state;
	for (int second = 0; second < 86400; second++)
		paid += pay("user:mia", "192.0.2.1", PLACE_NOW_MS + second * 1000);
	assert_in_range(paid, 1000 + 1439, 1000 + 1440);
	assert_true(pay("user:tom", "192.0.2.1", PLACE_NOW_MS));
}

static void
test_what_is_not_paid_for_is_told_once_a_minute(void **state)
{
	(void)state;
	for (int i = 0; i < 1003; i++)
		(void)pay("anonymous", "192.0.2.1", PLACE_NOW_MS);
	assert_ok(flush_at(PLACE_NOW_MS));
	assert_rows(
		1, "event = 'RATE_LIMIT_EXCEEDED' AND actor = 'various' AND detail = 'folded=3'");
	for (int second = 1; second < 60; second++) {
		assert_true(note_of("anonymous", "192.0.2.1", "n=1"));
		assert_ok(flush_at(PLACE_NOW_MS + second * 1000));
	}
	assert_rows(1, "1 = 1");
	assert_ok(flush_at(PLACE_NOW_MS + 60000));
	assert_rows(1, "actor = 'various' AND detail = 'folded=59'");
	assert_rows(2, "1 = 1");
	assert_true(audit_backlog_is_empty(backlog));
}

static void
test_a_database_that_fails_loses_nothing(void **state)
{
	(void)state;
	(void)note("n=1");
	place_sql("CREATE TRIGGER full BEFORE INSERT ON audit_log "
		  "BEGIN SELECT RAISE(ABORT, 'full'); END");
	assert_err(flush(), ERR_STORE);
	for (int i = 1; i <= SHARE + 1; i++)
		(void)note(arena_printf(&place.arena, "n=%d", i));
	(void)note_of("anonymous", "192.0.2.2", "n=1");
	assert_err(flush(), ERR_STORE);
	(void)note("n=6");
	assert_err(flush(), ERR_STORE);
	place_sql("DROP TRIGGER full");
	assert_ok(flush());
	assert_rows(1, "seq = 1 AND detail = 'n=1 times=2'");
	assert_rows(SHARE - 1, "seq BETWEEN 2 AND 4 AND detail = 'n=' || seq");
	assert_rows(1, "ip = '192.0.2.2' AND detail = 'n=1'");
	assert_rows(1, "detail = 'folded=2'");
	assert_rows(SHARE + 2, "1 = 1");
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
		IN_BACKLOG(test_one_stranger_does_not_crowd_out_others),
		IN_BACKLOG(test_a_stranger_with_many_addresses_is_one),
		IN_BACKLOG(test_a_full_list_is_shared_evenly),
		IN_BACKLOG(test_what_finds_no_room_is_told),
		IN_BACKLOG(test_a_day_of_strangers_has_a_ceiling),
		IN_BACKLOG(test_one_source_has_a_ceiling),
		IN_BACKLOG(test_what_is_not_paid_for_is_told_once_a_minute),
		IN_BACKLOG(test_a_database_that_fails_loses_nothing),
		IN_BACKLOG(test_threads_lose_nothing),
	};

	return RUN(tests);
}
