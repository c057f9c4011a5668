/* What does not hold names itself, and ends the process. */
#include "tests/support/check.h"

#include "lib/base/holds.h"

#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static void
test_what_holds_is_silent(void **state)
{
	int n = 1;

	(void)state;
	HOLDS(n == 1);
}

static void
test_what_does_not_hold_names_itself_and_ends_the_process(void **state)
{
	char told[1024] = "";
	int ends[2], status = 0;
	ssize_t n;
	pid_t child;

	(void)state;
	assert_int_equal(pipe(ends), 0);
	child = fork();
	if (!child) {
		(void)dup2(ends[1], STDERR_FILENO);
		(void)signal(SIGABRT, SIG_DFL);
		HOLDS(ends[0] == -1);
		_exit(0);
	}
	(void)close(ends[1]);
	n = read(ends[0], told, sizeof told - 1);
	(void)close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
	assert_true(n > 0 && strstr(told, "holds_test.c"));
	assert_non_null(strstr(told, __func__));
	assert_non_null(strstr(told, "ends[0] == -1"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_holds_is_silent),
		cmocka_unit_test(test_what_does_not_hold_names_itself_and_ends_the_process),
	};

	return RUN(tests);
}
