/* An open console does not fill the trail, and nothing is seen without a trace. */
#include "tests/support/store.h"

#include "lib/audit/look.h"

static struct audit_backlog *backlog;
static struct audit_looks *looks;

static int
make(void **state)
{
	backlog = audit_backlog_new(512, 512);
	looks = audit_looks_new();
	return make_place_store(state);
}

static int
drop(void **state)
{
	audit_looks_free(looks);
	audit_backlog_free(backlog);
	return remove_place_store(state);
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

static bool
look_at(const char *actor, const char *target, int64_t after_ms)
{
	struct context cx = {.arena = &place.arena,
		.now_ms = PLACE_NOW_MS + after_ms,
		.ip = STR("192.0.2.7"),
		.request_id = STR("r")};
	struct audit_record record = {.event = AUDIT_EVENT_ADMIN_VIEWED,
		.actor = str_of(actor),
		.target = str_of(target),
		.detail = STR_NONE};

	return audit_looks_add(looks, backlog, &cx, &record);
}

static void
ripen_at(int64_t after_ms, bool last)
{
	audit_looks_ripen(looks, backlog, PLACE_NOW_MS + after_ms, last);
	assert_ok(flush_at(PLACE_NOW_MS + after_ms));
}

static void
test_looks_of_five_minutes_are_two_rows(void **state)
{
	(void)state;
	for (int64_t ms = 0; ms < 300000; ms += 5000) {
		assert_true(look_at("user:mia", "route:/clients", ms));
		ripen_at(ms, false);
		assert_rows(1, "detail = ''");
	}
	ripen_at(300000, false);
	assert_rows(2, "actor = 'user:mia'");
	assert_rows(1, "detail = 'times=59'");
	assert_true(look_at("user:mia", "route:/clients", 300001));
	ripen_at(300001, false);
	assert_rows(2, "detail = ''");
}

static void
test_looks_by_others_and_at_other_things_have_their_rows(void **state)
{
	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_true(look_at("user:mia", "route:/clients", i));
		assert_true(look_at("user:mia", "route:/users", i));
		assert_true(look_at("unix:root", "route:/clients", i));
	}
	assert_ok(flush());
	assert_rows(3, "detail = ''");
	ripen_at(10, true);
	assert_rows(3, "detail = 'times=2'");
	ripen_at(600000, true);
	assert_rows(6, "1 = 1");
}

static void
test_looks_without_room_are_rows(void **state)
{
	(void)state;
	for (int i = 0; i < 300; i++) {
		assert_true(look_at("user:mia", arena_printf(&place.arena, "route:/%d", i), i));
		assert_ok(flush());
	}
	assert_true(look_at("user:mia", "route:/299", 400));
	assert_ok(flush());
	assert_rows(2, "target = 'route:/299'");
}

#define WITH_LOOKS(test) cmocka_unit_test_setup_teardown(test, make, drop)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_LOOKS(test_looks_of_five_minutes_are_two_rows),
		WITH_LOOKS(test_looks_by_others_and_at_other_things_have_their_rows),
		WITH_LOOKS(test_looks_without_room_are_rows),
	};

	return RUN(tests);
}
