#include "lib/metrics/tally.h"

#include "tests/support/check.h"

static const char *const none[] = {""};

static struct metrics *metrics;
static struct arena arena;
static struct tally tally;

static int
set_up(void **state)
{
	struct metric_values given[METRIC_LABEL_COUNT] = {{NULL, 0}};

	(void)state;
	given[LABEL_ROUTE] = given[LABEL_STATUS] = given[LABEL_LIMIT] = given[LABEL_EVENT] =
		given[LABEL_VERSION] = (struct metric_values){none, 1};
	metrics = metrics_new(METRICS_LOOPS, given);
	tally.count = 0;
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	metrics_free(metrics);
	arena_free(&arena);
	return 0;
}

static void
count_as(enum tally_outcome outcome)
{
	tally_count(&tally, outcome, metrics_shard(metrics, METRICS_SHARED));
}

static void
assert_shown(const char *line)
{
	struct buf out;

	buf_init(&out, &arena, 1 << 20);
	metrics_write(metrics, &out);
	if (!strstr(out.p, line))
		fail_msg("no %s in\n%s", line, out.p);
}

static void
test_what_is_done_counts_if_it_is(void **state)
{
	(void)state;
	tally_done(&tally, METRIC_LOGOUTS, 0);
	count_as(TALLY_REFUSED);
	count_as(TALLY_FAILED);
	assert_shown("auth_logout_total 0\n");
	count_as(TALLY_DONE);
	assert_shown("auth_logout_total 1\n");
}

static void
test_either_counts_always(void **state)
{
	(void)state;
	tally_either(&tally, METRIC_REFRESHES, LABEL_RESULT_SUCCESS, LABEL_RESULT_ERROR);
	count_as(TALLY_DONE);
	count_as(TALLY_REFUSED);
	count_as(TALLY_FAILED);
	assert_shown("oauth_tokens_refreshed_total{result=\"success\"} 1\n");
	assert_shown("oauth_tokens_refreshed_total{result=\"error\"} 2\n");
}

static void
test_a_refusal_is_no_failure(void **state)
{
	(void)state;
	tally_refused(&tally, METRIC_DEVICE_POLLS, LABEL_POLL_PENDING);
	count_as(TALLY_DONE);
	count_as(TALLY_FAILED);
	assert_shown("oauth_device_code_validation_total{result=\"pending\"} 0\n");
	count_as(TALLY_REFUSED);
	assert_shown("oauth_device_code_validation_total{result=\"pending\"} 1\n");
}

static void
test_what_is_kept_counts_whatever_the_answer(void **state)
{
	(void)state;
	tally_kept(&tally, METRIC_SESSIONS_ENDED, LABEL_ENDED_REVOKED, 3);
	count_as(TALLY_FAILED);
	assert_shown("sessions_expired_total{reason=\"revoked\"} 0\n");
	count_as(TALLY_DONE);
	count_as(TALLY_REFUSED);
	assert_shown("sessions_expired_total{reason=\"revoked\"} 6\n");
}

static void
test_a_change_that_is_run_again_counts_once(void **state)
{
	(void)state;
	tally_kept(&tally, METRIC_SESSIONS_ENDED, LABEL_ENDED_REVOKED, 3);
	tally_kept(&tally, METRIC_SESSIONS_ENDED, LABEL_ENDED_LOGOUT, 1);
	tally_kept(&tally, METRIC_SESSIONS_ENDED, LABEL_ENDED_REVOKED, 2);
	count_as(TALLY_DONE);
	assert_shown("sessions_expired_total{reason=\"revoked\"} 2\n");
	assert_shown("sessions_expired_total{reason=\"logout\"} 1\n");
}

static void
test_durations_are_observed(void **state)
{
	(void)state;
	tally_observe(&tally, METRIC_SESSION_TIME, 0, 90 * 1000000);
	count_as(TALLY_DONE);
	assert_shown("session_duration_seconds_bucket{le=\"60\"} 0\n");
	assert_shown("session_duration_seconds_bucket{le=\"300\"} 1\n");
	assert_shown("session_duration_seconds_sum 90\n");
}

static void
test_nobody_need_keep_a_tally(void **state)
{
	(void)state;
	tally_done(NULL, METRIC_LOGOUTS, 0);
	tally_kept(NULL, METRIC_LOGOUTS, 0, 1);
	tally_done(&tally, METRIC_LOGOUTS, 0);
	tally_count(&tally, TALLY_DONE, NULL);
	assert_shown("auth_logout_total 0\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_is_done_counts_if_it_is),
		TEST(test_either_counts_always),
		TEST(test_a_refusal_is_no_failure),
		TEST(test_what_is_kept_counts_whatever_the_answer),
		TEST(test_a_change_that_is_run_again_counts_once),
		TEST(test_durations_are_observed),
		TEST(test_nobody_need_keep_a_tally),
	};

	return RUN(tests);
}
