#include "lib/base/log.h"
#include "lib/base/pool.h"
#include "tests/support/check.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

static void
count_jobs(void *state, struct job *jobs[], size_t count)
{
	(void)jobs;
	assert_true(count >= 1 && count <= 4);
	atomic_fetch_add((atomic_size_t *)state, count);
	log_info("ran", log_i64("count", (int64_t)count), log_c("text", "a\nb"));
}

static void *
refuse(void *context)
{
	(void)context;
	return NULL;
}

static void
test_stop_finishes_every_job(void **state)
{
	static struct job jobs[500];
	atomic_size_t done = 0;
	struct pool_setup setup = {.name = "test",
		.threads = 3,
		.limit = 500,
		.batch = 4,
		.run = count_jobs,
		.context = &done,
		.nice = 1};
	int ends[2];
	struct pool *p;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	log_setup(LOG_LOGFMT, LOG_ERROR, ends[1]);
	assert_ok(pool_start(&setup, &p));
	for (size_t i = 0; i < countof(jobs); i++)
		assert_ok(pool_submit(p, &jobs[i]));
	pool_stop(p);
	assert_int_equal(atomic_load(&done), 500);
}

static void
test_full_queue_and_failed_start_are_told(void **state)
{
	atomic_size_t done = 0;
	struct pool_setup setup = {.name = "test",
		.threads = 1,
		.limit = 0,
		.batch = 1,
		.run = count_jobs,
		.context = &done};
	struct job job;
	struct pool *p;

	(void)state;
	assert_ok(pool_start(&setup, &p));
	assert_err(pool_submit(p, &job), ERR_BUSY);
	pool_stop(p);
	setup.thread_start = refuse;
	assert_err(pool_start(&setup, &p), ERR_UNAVAILABLE);
}

static void
test_long_json_line_is_cut_but_whole(void **state)
{
	static char text[9000], got[9000];
	int ends[2];
	ssize_t n;

	(void)state;
	memset(text, '\n', sizeof text - 1);
	assert_int_equal(pipe(ends), 0);
	log_setup(LOG_JSON, LOG_INFO, ends[1]);
	log_info("m", log_c("k", text), log_i64("i", 1));
	n = read(ends[0], got, sizeof got);
	assert_in_range(n, 3000, 4096);
	assert_memory_equal(got + n - 3, "\"}\n", 3);
	log_setup(LOG_LOGFMT, LOG_INFO, ends[1]);
	log_info("hi", log_c("k", "a b"), log_c("e", ""), log_i64("i", -1));
	n = read(ends[0], got, sizeof got - 1);
	got[n] = '\0';
	assert_non_null(strstr(got, "Z level=info msg=\"hi\" k=\"a b\" e=\"\" i=-1\n"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stop_finishes_every_job),
		cmocka_unit_test(test_full_queue_and_failed_start_are_told),
		cmocka_unit_test(test_long_json_line_is_cut_but_whole),
	};

	return RUN(tests);
}
