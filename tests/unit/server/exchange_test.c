#include "tests/support/check.h"

#include "lib/base/log.h"
#include "server/exchange.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static const struct {
	enum exchange_state was, is;
} may_follow[] = {
	{EXCHANGE_NEW, EXCHANGE_ROUTED},
	{EXCHANGE_NEW, EXCHANGE_DECIDED},
	{EXCHANGE_ROUTED, EXCHANGE_GUARDED},
	{EXCHANGE_ROUTED, EXCHANGE_DECIDED},
	{EXCHANGE_GUARDED, EXCHANGE_GUARDED}, /* in another lane */
	{EXCHANGE_GUARDED, EXCHANGE_CHANGES},
	{EXCHANGE_GUARDED, EXCHANGE_DECIDED},
	{EXCHANGE_CHANGES, EXCHANGE_RACED},
	{EXCHANGE_CHANGES, EXCHANGE_DECIDED},
	{EXCHANGE_RACED, EXCHANGE_RACED},
	{EXCHANGE_RACED, EXCHANGE_CHANGES_AGAIN},
	{EXCHANGE_RACED, EXCHANGE_DECIDED},
	{EXCHANGE_CHANGES_AGAIN, EXCHANGE_DECIDED},
	{EXCHANGE_DECIDED, EXCHANGE_DECIDED},
	{EXCHANGE_DECIDED, EXCHANGE_SENT},
};

static bool
is_listed(enum exchange_state was, enum exchange_state is)
{
	bool found = false;

	for (size_t i = 0; i < countof(may_follow); i++)
		found = found || (may_follow[i].was == was && may_follow[i].is == is);
	return found;
}

static bool
ends_the_process(enum exchange_state was, enum exchange_state is)
{
	int status = 0;
	pid_t child = fork();

	if (!child) {
		static struct exchange x;

		(void)signal(SIGABRT, SIG_DFL);
		(void)close(STDERR_FILENO);
		x.state = was;
		exchange_enter(&x, is);
		_exit(x.state == is ? 0 : 1);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

static void
test_a_state_that_may_not_follow_ends_the_process(void **state)
{
	(void)state;
	for (enum exchange_state was = 0; was < EXCHANGE_STATE_COUNT; was++)
		for (enum exchange_state is = 0; is < EXCHANGE_STATE_COUNT; is++)
			assert_int_equal(ends_the_process(was, is), !is_listed(was, is));
}

static void
test_only_after_a_race_is_it_the_second_time(void **state)
{
	static struct exchange x;

	(void)state;
	for (enum exchange_state s = 0; s < EXCHANGE_STATE_COUNT; s++) {
		x.state = s;
		assert_int_equal(
			exchange_has_raced(&x), s == EXCHANGE_RACED || s == EXCHANGE_CHANGES_AGAIN);
		assert_int_equal(
			exchange_changes(&x), s == EXCHANGE_CHANGES || s == EXCHANGE_CHANGES_AGAIN);
	}
}

static void
test_each_step_can_be_read_in_the_log(void **state)
{
	static struct exchange x;
	char line[1024] = "";
	int ends[2];

	(void)state;
	assert_int_equal(pipe(ends), 0);
	x.cx.request_id = STR("r1");
	log_setup(LOG_LOGFMT, LOG_INFO, ends[1]);
	exchange_enter(&x, EXCHANGE_ROUTED);
	log_setup(LOG_LOGFMT, LOG_DEBUG, ends[1]);
	exchange_enter(&x, EXCHANGE_GUARDED);
	assert_true(read(ends[0], line, sizeof line - 1) > 0);
	assert_non_null(strstr(line, "msg=\"exchange\" request_id=r1 was=routed is=guarded"));
	log_setup(LOG_LOGFMT, LOG_INFO, STDERR_FILENO);
	(void)close(ends[0]);
	(void)close(ends[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_state_that_may_not_follow_ends_the_process),
		cmocka_unit_test(test_only_after_a_race_is_it_the_second_time),
		cmocka_unit_test(test_each_step_can_be_read_in_the_log),
	};

	return RUN(tests);
}
