#include "lib/store/census.h"

#include "lib/store/session.h"
#include "lib/store/token.h"
#include "tests/support/store.h"

#define SEEN_AFTER_MS (PLACE_NOW_MS - 1000)

static void
add_session(unsigned n, int64_t seen_ms, int64_t expires_ms)
{
	const struct session session = {
		.id = id_of(n),
		.user_id = place.user.id,
		.ip = STR("192.0.2.1"),
		.user_agent = STR("test"),
		.created_ms = PLACE_NOW_MS,
		.seen_ms = seen_ms,
		.expires_ms = expires_ms,
	};

	assert_ok(session_insert(place.store, &session));
}

static struct census_slice
slice_after(enum census_table table, struct id after, int64_t rows)
{
	const struct census_query query = {
		.table = table,
		.after = after,
		.rows = rows,
		.now_ms = PLACE_NOW_MS,
		.seen_after_ms = SEEN_AFTER_MS,
	};
	struct census_slice slice;

	assert_ok(census_count(place.store, &query, &slice));
	return slice;
}

static void
test_an_empty_table_ends_at_once(void **state)
{
	(void)state;
	for (int i = 0; i < CENSUS_TABLES; i++) {
		struct census_slice slice = slice_after((enum census_table)i, (struct id){{0}}, 10);

		assert_int_equal(slice.rows, 0);
		assert_int_equal(slice.counts[0], 0);
		assert_true(id_is_zero(slice.last));
	}
}

static void
test_slices_come_one_after_the_other(void **state)
{
	struct id after = {{0}};
	int64_t rows[3], living = 0;

	(void)state;
	for (unsigned i = 1; i <= 5; i++)
		add_session(i, PLACE_NOW_MS, PLACE_NOW_MS + 1);
	for (int i = 0; i < 3; i++) {
		struct census_slice slice = slice_after(CENSUS_SESSIONS, after, 2);

		rows[i] = slice.rows;
		living += slice.counts[0];
		after = slice.last;
	}
	assert_int_equal(rows[0], 2);
	assert_int_equal(rows[1], 2);
	assert_int_equal(rows[2], 1);
	assert_int_equal(living, 5);
	assert_true(id_eq(after, id_of(5)));
}

static void
test_the_dead_are_seen_and_not_counted(void **state)
{
	struct census_slice slice;

	(void)state;
	add_session(1, PLACE_NOW_MS, PLACE_NOW_MS);
	add_session(2, SEEN_AFTER_MS, PLACE_NOW_MS + 1);
	add_session(3, SEEN_AFTER_MS + 1, PLACE_NOW_MS + 1);
	slice = slice_after(CENSUS_SESSIONS, (struct id){{0}}, 10);
	assert_int_equal(slice.rows, 3);
	assert_int_equal(slice.counts[0], 1);
}

static void
test_what_a_client_was_given_is_counted_in_its_epoch(void **state)
{
	const struct access_token token = {
		.id = id_of(20),
		.family_id = client_family_id(&place.confidential),
		.scope = STR("read"),
		.issued_ms = PLACE_NOW_MS,
		.expires_ms = PLACE_NOW_MS + 1000,
	};

	(void)state;
	assert_ok(family_ensure_for_client(place.store, &place.confidential, PLACE_NOW_MS));
	assert_ok(access_token_insert(place.store, &token));
	assert_int_equal(slice_after(CENSUS_ACCESS_TOKENS, (struct id){{0}}, 10).counts[0], 1);
	assert_ok(client_begin_epoch(place.store, place.confidential.id, PLACE_NOW_MS));
	assert_int_equal(slice_after(CENSUS_ACCESS_TOKENS, (struct id){{0}}, 10).counts[0], 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_PLACE(test_an_empty_table_ends_at_once),
		IN_PLACE(test_slices_come_one_after_the_other),
		IN_PLACE(test_the_dead_are_seen_and_not_counted),
		IN_PLACE(test_what_a_client_was_given_is_counted_in_its_epoch),
	};

	return RUN(tests);
}
