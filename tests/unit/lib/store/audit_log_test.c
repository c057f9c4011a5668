/* The audit log: read back newest first, purged oldest first. */
#include "tests/support/store.h"

#include "lib/store/audit_log.h"

static struct id
id_at(int64_t ms)
{
	const uint8_t bytes[10] = {7};

	return id_make(ms, bytes);
}

static void
add(int64_t at_ms)
{
	assert_ok(audit_log_insert(
		place.store, &(struct audit_row){.id = id_at(at_ms),
				     .event = STR("E"),
				     .actor = STR("user:mia"),
				     .detail = str_printf(&place.arena, "%lld", (long long)at_ms),
				     .at_ms = at_ms}));
}

static void
test_rows_are_listed_newest_first_page_by_page(void **state)
{
	struct audit_row rows[3];
	size_t n = 99;

	(void)state;
	for (int64_t i = 0; i < 5; i++)
		add(PLACE_NOW_MS + i);
	assert_ok(
		audit_log_list(place.store, &place.arena, id_at(PLACE_NOW_MS + 100), rows, 3, &n));
	assert_int_equal(n, 3);
	assert_int_equal(rows[0].at_ms, PLACE_NOW_MS + 4);
	assert_str(rows[0].detail, "1700000000004");
	assert_ok(audit_log_list(place.store, &place.arena, rows[2].id, rows, 3, &n));
	assert_int_equal(n, 2);
	assert_int_equal(rows[1].at_ms, PLACE_NOW_MS);
	assert_ok(audit_log_list(place.store, &place.arena, rows[1].id, rows, 3, &n));
	assert_int_equal(n, 0);
}

static void
test_purging_takes_the_oldest_and_stops_at_the_bound(void **state)
{
	int64_t n = -1;

	(void)state;
	for (int64_t i = 0; i < 6; i++)
		add(PLACE_NOW_MS + i);
	assert_ok(audit_log_purge(place.store, PLACE_NOW_MS + 4, 3, &n));
	assert_int_equal(n, 3);
	assert_int_equal(place_count("SELECT min(at_ms) FROM audit_log"), PLACE_NOW_MS + 3);
	assert_ok(audit_log_purge(place.store, PLACE_NOW_MS + 4, 3, &n));
	assert_int_equal(n, 1);
	assert_ok(audit_log_purge(place.store, PLACE_NOW_MS + 4, 3, &n));
	assert_int_equal(n, 0);
	assert_int_equal(place_count("SELECT count(*) FROM audit_log"), 2);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_EMPTY_PLACE(test_rows_are_listed_newest_first_page_by_page),
		IN_EMPTY_PLACE(test_purging_takes_the_oldest_and_stops_at_the_bound),
	};

	return RUN(tests);
}
