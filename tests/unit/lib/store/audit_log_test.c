/* The audit log: read back newest first, looked at in bounded steps. */
#include "tests/support/store.h"

#include "lib/store/audit_chain.h"
#include "lib/store/audit_log.h"

static struct id
id_at(int64_t ms)
{
	const uint8_t bytes[10] = {7};

	return id_make(ms, bytes);
}

static enum err
add(struct store *s, void *arg)
{
	int64_t at_ms = *(const int64_t *)arg;
	struct audit_row row = {
		.id = id_at(at_ms),
		.event = at_ms % 2 ? STR("ODD") : STR("EVEN"),
		.actor = STR("user:mia"),
		.target = at_ms == PLACE_NOW_MS ? STR("rare") : STR("common"),
		.detail = str_printf(&place.arena, "%lld", (long long)at_ms),
		.at_ms = at_ms,
	};

	return audit_log_insert(s, &place.arena, &row);
}

static void
add_rows(int64_t n)
{
	assert_ok(store_begin(place.store));
	for (int64_t i = 0; i < n; i++)
		assert_ok(add(place.store, &(int64_t){PLACE_NOW_MS + i}));
	assert_ok(store_commit(place.store));
}

static struct audit_query
from_the_end(size_t limit)
{
	return (struct audit_query){.before = id_at(PLACE_NOW_MS + 1000000), .limit = limit};
}

static void
test_rows_are_listed_newest_first_page_by_page(void **state)
{
	struct audit_query q = from_the_end(3);
	struct audit_row rows[3];
	struct id next;
	size_t n = 99;

	(void)state;
	add_rows(5);
	assert_ok(audit_log_find(place.store, &place.arena, &q, rows, &n, &next));
	assert_int_equal(n, 3);
	assert_int_equal(rows[0].at_ms, PLACE_NOW_MS + 4);
	assert_str(rows[0].detail, "1700000000004");
	assert_int_equal(rows[0].seq, 5);
	assert_true(id_eq(next, rows[2].id));
	q.before = next;
	assert_ok(audit_log_find(place.store, &place.arena, &q, rows, &n, &next));
	assert_int_equal(n, 2);
	assert_int_equal(rows[1].at_ms, PLACE_NOW_MS);
	assert_true(id_is_zero(next));
}

/* Nobody waits for a filter that fits nothing among millions. */
static void
test_a_look_is_bounded_and_goes_on(void **state)
{
	struct audit_query q = from_the_end(3);
	struct audit_row rows[3];
	struct id next;
	size_t n;

	(void)state;
	add_rows(AUDIT_LOOK_MAX + 5);
	q.target = STR("rare");
	assert_ok(audit_log_find(place.store, &place.arena, &q, rows, &n, &next));
	assert_int_equal(n, 0);
	assert_true(id_eq(next, id_at(PLACE_NOW_MS + 5)));
	q.before = next;
	assert_ok(audit_log_find(place.store, &place.arena, &q, rows, &n, &next));
	assert_int_equal(n, 1);
	assert_true(id_is_zero(next));
	q = from_the_end(3);
	q.target = STR("rare");
	q.event = STR("EVEN");
	assert_ok(audit_log_find(place.store, &place.arena, &q, rows, &n, &next));
	assert_int_equal(n, 1);
	assert_str(rows[0].target, "rare");
	q.event = STR("TOKEN_REFRESHED");
	assert_ok(audit_log_find(place.store, &place.arena, &q, rows, &n, &next));
	assert_int_equal(n, 0);
	assert_true(id_eq(next, id_at(PLACE_NOW_MS + 5)));
}

static void
test_without_a_key_nothing_is_written(void **state)
{
	struct store_setup setup = place_setup();

	(void)state;
	store_close(place.store);
	setup.audit_key = NULL;
	assert_ok(store_open(&setup, &place.store, &place.diag));
	assert_err(store_transaction(place.store, add, &(int64_t){1}), ERR_INTERNAL);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_EMPTY_PLACE(test_rows_are_listed_newest_first_page_by_page),
		IN_EMPTY_PLACE(test_a_look_is_bounded_and_goes_on),
		IN_EMPTY_PLACE(test_without_a_key_nothing_is_written),
	};

	return RUN(tests);
}
