/* The database's clock, whatever zone it speaks in. */
#include "tests/support/check.h"

#include "lib/base/clock.h"
#include "lib/store/database_clock.h"
#include "lib/store/driver.h"
#include "tests/support/databases.h"

static void
assert_is_now(struct store *store)
{
	int64_t now_ms = clock_now_ms(), ms = 0;

	assert_ok(database_clock(store, &ms));
	assert_in_range(ms, now_ms - 60 * MS_PER_S, now_ms + 60 * MS_PER_S);
}

static void
test_it_is_ours_on_one_machine(void **state)
{
	struct store_setup setup = database_setup(true);
	struct store *store;

	(void)state;
	assert_ok(store_open_unprepared(&setup, &store, NULL));
	assert_is_now(store);
	if (!database_is_sqlite()) {
		assert_ok(store_exec(store, "SET TIME ZONE 'America/St_Johns'"));
		assert_is_now(store);
		assert_ok(store_exec(store, "SET TIME ZONE 'Asia/Kathmandu'"));
		assert_is_now(store);
	}
	store_close(store);
}

static int
make(void **state)
{
	(void)state;
	return database_make();
}

static int
unmake(void **state)
{
	(void)state;
	database_remove();
	return 0;
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_it_is_ours_on_one_machine, make, unmake),
	};

	return database_each(tests);
}
