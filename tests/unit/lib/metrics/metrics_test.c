#include "lib/metrics/metrics.h"

#include "tests/support/check.h"

#include <pthread.h>
#include <stdlib.h>

enum { SHARDS = METRICS_LOOPS + 2, THREADS = 4, ROUNDS = 20000, TEXT_MAX = 1 << 20 };

static const char *const routes[] = {
	"method=\"GET\",path=\"/\"", "method=\"GET\",path=\"/device\""};
static const char *const statuses[] = {"status=\"200\"", "status=\"404\""};
static const char *const limits[] = {"limit=\"login\""};
static const char *const events[] = {"event=\"LOGIN\""};
static const char *const versions[] = {"version=\"1\""};

static struct metrics *metrics;
static struct arena arena;

static int
set_up(void **state)
{
	const struct metric_values given[METRIC_LABEL_COUNT] = {
		[LABEL_ROUTE] = {routes, 2},
		[LABEL_STATUS] = {statuses, 2},
		[LABEL_LIMIT] = {limits, 1},
		[LABEL_EVENT] = {events, 1},
		[LABEL_VERSION] = {versions, 1},
	};

	(void)state;
	metrics = metrics_new(SHARDS, given);
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

static const char *
text(void)
{
	struct buf out;

	buf_init(&out, &arena, TEXT_MAX);
	metrics_write(metrics, &out);
	assert_true(buf_ok(&out));
	return out.p;
}

/* As a whole line. */
static void
assert_line(const char *line)
{
	struct str rest = str_of(text());

	while (rest.n)
		if (str_is(str_cut(&rest, '\n'), line))
			return;
	fail_msg("no line %s in\n%s", line, text());
}

static void
assert_no_series(const char *name)
{
	struct str rest = str_of(text());

	while (rest.n) {
		struct str line = str_cut(&rest, '\n');

		if (!str_starts(line, STR("#")) && str_starts(line, str_of(name)))
			fail_msg("%.*s", STR_ARG(line));
	}
}

static void
test_what_shards_counted_is_summed(void **state)
{
	(void)state;
	for (size_t i = 0; i < SHARDS; i++)
		metrics_add(metrics_shard(metrics, i), METRIC_LOGOUTS, 0, (int64_t)i + 1);
	assert_line("auth_logout_total 10");
}

static void
test_series_begin_at_zero_but_those_of_routes(void **state)
{
	(void)state;
	assert_line("oauth_tokens_refreshed_total{result=\"error\"} 0");
	assert_no_series("http_requests_total");
	assert_no_series("http_request_duration_seconds");
	metrics_count(metrics_shard(metrics, 0), METRIC_REQUESTS, 3);
	assert_line("http_requests_total{method=\"GET\",path=\"/device\",status=\"404\"} 1");
	assert_null(strstr(text(), "path=\"/\""));
}

static void
test_two_labels_are_one_number(void **state)
{
	(void)state;
	metrics_count(metrics_shard(metrics, 1), METRIC_TOKENS_ISSUED,
		METRIC_SERIES(LABEL_TYPE_REFRESH, GRANT, LABEL_GRANT_CODE));
	assert_line("oauth_tokens_issued_total{token_type=\"refresh\","
		    "grant_type=\"authorization_code\"} 1");
}

/* The names of providers are the operator's, and no label. */
static void
test_returns_from_other_servers_count_by_their_type(void **state)
{
	(void)state;
	assert_line("auth_oauth_callback_total{provider=\"oidc\",result=\"success\"} 0");
	assert_line("auth_oauth_callback_total{provider=\"github\",result=\"error\"} 0");
}

static void
test_a_gauge_is_absent_until_it_is_set(void **state)
{
	(void)state;
	assert_no_series("sessions_active");
	metrics_set(metrics, METRIC_SESSIONS_ACTIVE, 0, 7);
	assert_line("sessions_active 7");
	metrics_set(metrics, METRIC_SESSIONS_ACTIVE, 0, 0);
	assert_line("sessions_active 0");
	metrics_unset(metrics, METRIC_SESSIONS_ACTIVE);
	assert_no_series("sessions_active");
	metrics_set(metrics, METRIC_TOKENS_ACTIVE, LABEL_TYPE_ACCESS, 2);
	assert_line("oauth_tokens_active{token_type=\"access\"} 2");
	assert_no_series("oauth_tokens_active{token_type=\"refresh\"}");
}

static void
test_a_level_goes_down_on_another_shard(void **state)
{
	(void)state;
	metrics_add(metrics_shard(metrics, 2), METRIC_IN_FLIGHT, 0, 1);
	metrics_add(metrics_shard(metrics, 3), METRIC_IN_FLIGHT, 0, -1);
	assert_line("http_requests_in_flight 0");
}

static void
test_buckets_hold_what_is_at_most_their_bound(void **state)
{
	struct metrics_shard *m = metrics_shard(metrics, 2);

	(void)state;
	metrics_observe(m, METRIC_COMMIT_SIZE, 0, 1);
	metrics_observe(m, METRIC_COMMIT_SIZE, 0, 2);
	metrics_observe(m, METRIC_COMMIT_SIZE, 0, 3);
	metrics_observe(m, METRIC_COMMIT_SIZE, 0, 1000);
	assert_line("authgate_commit_batch_size_bucket{le=\"1\"} 1");
	assert_line("authgate_commit_batch_size_bucket{le=\"2\"} 2");
	assert_line("authgate_commit_batch_size_bucket{le=\"4\"} 3");
	assert_line("authgate_commit_batch_size_bucket{le=\"256\"} 3");
	assert_line("authgate_commit_batch_size_bucket{le=\"+Inf\"} 4");
	assert_line("authgate_commit_batch_size_sum 1006");
	assert_line("authgate_commit_batch_size_count 4");
}

static void
test_durations_are_seconds(void **state)
{
	struct metrics_shard *m = metrics_shard(metrics, 2);

	(void)state;
	metrics_observe(m, METRIC_REQUEST_TIME, 1, 2500000);
	metrics_observe(m, METRIC_REQUEST_TIME, 1, 1);
	assert_line("http_request_duration_seconds_bucket{method=\"GET\",path=\"/device\","
		    "le=\"0.001\"} 1");
	assert_line("http_request_duration_seconds_bucket{method=\"GET\",path=\"/device\","
		    "le=\"2.5\"} 2");
	assert_line("http_request_duration_seconds_sum{method=\"GET\",path=\"/device\"} 2.500001");
	metrics_set(metrics, METRIC_START_TIME, 0, INT64_C(1795602831879000));
	assert_line("process_start_time_seconds 1795602831.879");
}

static void
test_nobody_counts_without_a_shard(void **state)
{
	(void)state;
	metrics_count(NULL, METRIC_LOGOUTS, 0);
	metrics_observe(NULL, METRIC_COMMIT_SIZE, 0, 1);
	metrics_observe_since(NULL, METRIC_COMMIT_TIME, 0, 0);
	metrics_set(NULL, METRIC_SESSIONS_ACTIVE, 0, 1);
	metrics_unset(NULL, METRIC_SESSIONS_ACTIVE);
	assert_int_equal(metrics_now_us(NULL), 0);
	assert_null(metrics_shard(NULL, 0));
	metrics_free(NULL);
}

static void *
count_much(void *arg)
{
	struct metrics_shard *m = metrics_shard(metrics, (size_t)(uintptr_t)arg % 2);

	for (int i = 0; i < ROUNDS; i++) {
		metrics_count(m, METRIC_LOGOUTS, 0);
		metrics_observe(m, METRIC_COMMIT_SIZE, 0, 2);
	}
	return NULL;
}

/* Two threads on each shard. */
static void
test_threads_lose_nothing(void **state)
{
	pthread_t threads[THREADS];

	(void)state;
	for (size_t i = 0; i < THREADS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, count_much, (void *)i), 0);
	(void)text();
	for (size_t i = 0; i < THREADS; i++)
		(void)pthread_join(threads[i], NULL);
	assert_line("auth_logout_total 80000");
	assert_line("authgate_commit_batch_size_sum 160000");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(test_what_shards_counted_is_summed),
		TEST(test_series_begin_at_zero_but_those_of_routes),
		TEST(test_two_labels_are_one_number),
		TEST(test_returns_from_other_servers_count_by_their_type),
		TEST(test_a_gauge_is_absent_until_it_is_set),
		TEST(test_a_level_goes_down_on_another_shard),
		TEST(test_buckets_hold_what_is_at_most_their_bound),
		TEST(test_durations_are_seconds),
		TEST(test_nobody_counts_without_a_shard),
		TEST(test_threads_lose_nothing),
	};

	return RUN(tests);
}
