/* Somebody who approves and denies: a command, or the person who reads standard error. */
#include "clients/bootclock.h"
#include "lib/base/clock.h"
#include "probe/case.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { COMMAND_PATIENCE_MS = 120 * MS_PER_S, STEP_MS = 50, PERSON_PATIENCE_MS = 300 * MS_PER_S };

static const char *
command_for(const struct probe *p, bool approve)
{
	return approve ? p->options->approve_command : p->options->deny_command;
}

bool
probe_has_person(const struct probe *p, bool approve)
{
	return command_for(p, approve) || p->options->asks_person;
}

/* Its output goes where ours for people goes: standard output is the report's. */
static int
start(char *const argv[], pid_t *ret)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none;
	int failed;

	(void)sigemptyset(&none);
	(void)posix_spawn_file_actions_init(&files);
	(void)posix_spawnattr_init(&attributes);
	(void)posix_spawn_file_actions_adddup2(&files, STDERR_FILENO, STDOUT_FILENO);
	(void)posix_spawnattr_setsigmask(&attributes, &none);
	(void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	failed = posix_spawn(ret, "/bin/sh", &files, &attributes, argv, environ);
	(void)posix_spawn_file_actions_destroy(&files);
	(void)posix_spawnattr_destroy(&attributes);
	return failed;
}

/* False if it had to be ended. */
static bool
wait_for(struct probe *p, pid_t child, int *ret_status)
{
	int64_t until_ms = client_bootclock_ms() + COMMAND_PATIENCE_MS;
	pid_t ended;

	while (!(ended = waitpid(child, ret_status, WNOHANG)) || (ended < 0 && errno == EINTR)) {
		if (p->is_cancelled || client_bootclock_ms() > until_ms) {
			(void)kill(child, SIGKILL);
			(void)waitpid(child, ret_status, 0);
			return false;
		}
		probe_sleep_until(p, client_bootclock_ms() + STEP_MS);
	}
	return ended == child;
}

static enum probe_result
run_command(struct probe *p, const char *command, const struct code *c)
{
	char *argv[] = {
		arena_printf(p->arena, "sh"),
		arena_printf(p->arena, "-c"),
		arena_printf(p->arena, "%s \"$@\"", command),
		arena_printf(p->arena, "sh"),
		arena_copy(p->arena, c->uri.p, c->uri.n),
		arena_copy(p->arena, c->user_code.p, c->user_code.n),
		c->complete.n ? arena_copy(p->arena, c->complete.p, c->complete.n) : NULL,
		NULL,
	};
	pid_t child = 0;
	int status = 0, failed = start(argv, &child);

	if (failed)
		return probe_fail(p, "the command did not start: %s", strerror(failed));
	if (!wait_for(p, child, &status))
		return probe_fail(p, "the command did not end");
	if (!WIFEXITED(status) || WEXITSTATUS(status))
		return probe_fail(p, "the command that decides ended with status %d",
			WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	return probe_pass(p);
}

/* Until a line has been typed. */
static enum probe_result
ask_person(struct probe *p, const struct code *c, bool approve)
{
	struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
		{.fd = p->options->cancel_fd > 0 ? p->options->cancel_fd : -1, .events = POLLIN}};
	char line[256];

	(void)fprintf(stderr,
		"\n  Please open   %.*s\n  and enter     %.*s\n  then %s it, and press Enter "
		"here: ",
		STR_ARG(probe_clean(p, c->uri)), STR_ARG(probe_clean(p, c->user_code)),
		approve ? "APPROVE" : "DENY");
	(void)fflush(stderr);
	if (poll(fds, countof(fds), PERSON_PATIENCE_MS) > 0 && fds[1].revents)
		p->is_cancelled = true;
	else if (fds[0].revents && read(STDIN_FILENO, line, sizeof line) > 0)
		return probe_pass(p);
	return probe_skip(p, "nobody pressed Enter");
}

enum probe_result
probe_decide(struct probe *p, const struct code *c, bool approve)
{
	const char *command = command_for(p, approve);

	return command ? run_command(p, command, c) : ask_person(p, c, approve);
}
