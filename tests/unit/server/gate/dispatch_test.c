#include "tests/support/check.h"

#include "lib/base/log.h"
#include "server/gate/dispatch.h"
#include "server/reply.h"
#include "server/route.h"
#include "server/server.h"

static struct {
	struct server server;
	struct exchange x;
	enum lane ran[8];
	size_t runs;
} w;

static void
begin(const struct route *route)
{
	exchange_reset(&w.x);
	w.runs = 0;
	w.x.server = &w.server;
	w.x.route = route;
	w.x.lane = route->lane;
	w.x.state = EXCHANGE_GUARDED;
}

static enum err
answer(struct exchange *x)
{
	return reply_json(x, 200, STR("{}"));
}

static enum err
calls(struct exchange *x)
{
	enum err e;

	w.ran[w.runs++] = x->cx.lane;
	reply_header(x, "x-once", STR("once"));
	if ((e = context_needs(&x->cx, LANE_CALLER)))
		return e;
	return answer(x);
}

static enum err
goes_in_circles(struct exchange *x)
{
	w.ran[w.runs++] = x->cx.lane;
	return context_needs(&x->cx, x->cx.lane == LANE_HASHER ? LANE_CALLER : LANE_HASHER);
}

static void
test_a_handler_that_finds_out_late_is_run_again_in_the_lane_that_it_needs(void **state)
{
	const struct route route = {.run = calls, .lane = LANE_HASHER};

	(void)state;
	begin(&route);
	assert_false(dispatch_handle(&w.x));
	assert_int_equal(w.x.lane, LANE_CALLER);
	assert_false(dispatch_is_quick(&w.x));
	assert_int_equal(w.x.reply.status, 0);
	assert_true(dispatch_handle(&w.x));
	assert_int_equal(w.runs, 2);
	assert_int_equal(w.ran[0], LANE_HASHER);
	assert_int_equal(w.ran[1], LANE_CALLER);
	assert_int_equal(w.x.reply.status, 200);
	assert_int_equal(w.x.reply.header_count, 1);
}

static void
test_a_handler_that_goes_in_circles_is_a_mistake_and_not_for_ever(void **state)
{
	const struct route route = {.run = goes_in_circles, .lane = LANE_QUICK};

	(void)state;
	begin(&route);
	assert_false(dispatch_handle(&w.x));
	assert_false(dispatch_handle(&w.x));
	assert_true(dispatch_handle(&w.x));
	assert_int_equal(w.runs, 3);
	assert_int_equal(w.x.reply.status, 500);
}

static enum err
change_nothing(struct store *store, void *arg)
{
	(void)store;
	(void)arg;
	return OK;
}

static enum err
changes(struct exchange *x)
{
	w.ran[w.runs++] = x->cx.lane;
	(void)!answer(x);
	return exchange_commit(x, change_nothing, NULL);
}

static void
test_who_loses_a_race_is_handled_again_and_once(void **state)
{
	const struct route route = {.run = changes, .lane = LANE_QUICK};

	(void)state;
	begin(&route);
	assert_true(dispatch_handle(&w.x));
	assert_int_equal(w.x.state, EXCHANGE_CHANGES);
	assert_false(dispatch_must_rerun(&w.x, ERR_INVALID_GRANT));
	assert_true(dispatch_must_rerun(&w.x, ERR_RACE));
	assert_int_equal(w.x.state, EXCHANGE_RACED);
	assert_int_equal(w.x.reply.status, 0);
	assert_true(dispatch_handle(&w.x));
	assert_int_equal(w.runs, 2);
	assert_int_equal(w.x.state, EXCHANGE_CHANGES_AGAIN);
	assert_false(dispatch_must_rerun(&w.x, ERR_RACE));
	dispatch_committed(&w.x, OK);
	assert_int_equal(w.x.state, EXCHANGE_DECIDED);
	assert_int_equal(w.x.reply.status, 200);
}

static void
test_what_could_not_be_committed_is_decided_by_that(void **state)
{
	const struct route route = {.run = changes, .lane = LANE_QUICK};

	(void)state;
	begin(&route);
	assert_true(dispatch_handle(&w.x));
	dispatch_refused(&w.x, ERR_BUSY);
	assert_int_equal(w.x.state, EXCHANGE_DECIDED);
	assert_int_equal(w.x.reply.status, 503);
	assert_null(w.x.change);
}

static void
test_what_is_quick_is_told_by_the_lane(void **state)
{
	struct route route = {.run = answer};

	(void)state;
	for (enum lane lane = 0; lane < LANE_COUNT; lane++) {
		route.lane = lane;
		begin(&route);
		assert_int_equal(dispatch_is_quick(&w.x), lane <= LANE_AHEAD);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			test_a_handler_that_finds_out_late_is_run_again_in_the_lane_that_it_needs),
		cmocka_unit_test(test_a_handler_that_goes_in_circles_is_a_mistake_and_not_for_ever),
		cmocka_unit_test(test_who_loses_a_race_is_handled_again_and_once),
		cmocka_unit_test(test_what_could_not_be_committed_is_decided_by_that),
		cmocka_unit_test(test_what_is_quick_is_told_by_the_lane),
	};

	log_setup(LOG_LOGFMT, LOG_ERROR + 1, 2);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
