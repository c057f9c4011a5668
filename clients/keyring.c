/* Talks to authgate-keyring over two pipes. */
#include "clients/keyring.h"

#include "clients/bootclock.h"
#include "lib/base/buf.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_SIZE = 4096, INPUT_MAX = KEYRING_SECRET_MAX + 4096, STATUS_ABSENT = 1 };

#define PROGRAM "authgate-keyring"

static const char *
find_program(struct arena *arena)
{
	const char *named = getenv("AUTHGATE_KEYRING");
	char own[PATH_SIZE];
	ssize_t n = readlink("/proc/self/exe", own, sizeof own);
	const char *path;

	if (named && named[0] == '/')
		return access(named, X_OK) ? NULL : named;
	if (n <= 0 || n == sizeof own)
		return NULL;
	while (n > 0 && own[n - 1] != '/')
		n--;
	path = arena_printf(arena, "%.*s" PROGRAM, (int)n, own);
	if (!access(path, X_OK))
		return path;
	path = arena_printf(arena, "%.*s../libexec/authgate/" PROGRAM, (int)n, own);
	return access(path, X_OK) ? NULL : path;
}

struct call {
	pid_t pid;
	int to;   /* its standard input */
	int from; /* its standard output */
};

static int
spawn(const char *path, const char *verb, int input, int output, pid_t *ret)
{
	char *argv[] = {(char *)(uintptr_t)path, (char *)(uintptr_t)verb, NULL};
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none;
	int failed;

	(void)sigemptyset(&none);
	(void)posix_spawn_file_actions_init(&files);
	(void)posix_spawnattr_init(&attributes);
	(void)posix_spawn_file_actions_adddup2(&files, input, STDIN_FILENO);
	(void)posix_spawn_file_actions_adddup2(&files, output, STDOUT_FILENO);
	(void)posix_spawn_file_actions_addopen(&files, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	(void)posix_spawnattr_setsigmask(&attributes, &none);
	(void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	failed = posix_spawn(ret, path, &files, &attributes, argv, environ);
	(void)posix_spawn_file_actions_destroy(&files);
	(void)posix_spawnattr_destroy(&attributes);
	return failed;
}

static bool
start(const char *path, const char *verb, struct call *ret)
{
	int in[2], out[2], failed;

	if (pipe2(in, O_CLOEXEC))
		return false;
	if (pipe2(out, O_CLOEXEC)) {
		(void)close(in[0]);
		(void)close(in[1]);
		return false;
	}
	failed = spawn(path, verb, in[0], out[1], &ret->pid);
	(void)close(in[0]);
	(void)close(out[1]);
	ret->to = in[1];
	ret->from = out[0];
	if (!failed)
		return true;
	(void)close(ret->to);
	(void)close(ret->from);
	return false;
}

/* It reads everything before it answers, so writing first cannot block for ever.  A
 * helper that dies early must not end us: SIGPIPE is kept off while writing. */
static bool
write_input(int fd, struct str input)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, before;
	bool good = true;

	(void)sigaction(SIGPIPE, &ignore, &before);
	while (good && input.n) {
		ssize_t n = write(fd, input.p, input.n);

		if (n > 0)
			input = str_from(input, (size_t)n);
		else if (errno != EINTR)
			good = false;
	}
	(void)sigaction(SIGPIPE, &before, NULL);
	(void)close(fd);
	return good;
}

static bool
read_output(int fd, struct buf *out, int64_t wait_ms)
{
	int64_t until_ms = client_bootclock_ms() + wait_ms;
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	int64_t left_ms;
	ssize_t n = 1;

	while (n > 0 && (left_ms = until_ms - client_bootclock_ms()) > 0) {
		char bytes[4096];

		if (poll(&ready, 1, (int)left_ms) <= 0)
			continue;
		n = read(fd, bytes, sizeof bytes);
		if (n > 0)
			buf_add(out, (struct str){bytes, (size_t)n});
	}
	return n == 0 && buf_ok(out);
}

static enum err
call(struct arena *arena, const char *verb, struct str input, int64_t wait_ms, struct str *ret)
{
	const char *path = find_program(arena);
	struct call c;
	struct buf out;
	int status = 0;
	bool good;

	if (!path || !start(path, verb, &c))
		return ERR_UNAVAILABLE;
	buf_init(&out, arena, KEYRING_SECRET_MAX);
	good = write_input(c.to, input);
	good = read_output(c.from, &out, wait_ms) && good;
	(void)close(c.from);
	if (!good)
		(void)kill(c.pid, SIGTERM);
	while (waitpid(c.pid, &status, 0) < 0 && errno == EINTR)
		continue;
	if (WIFEXITED(status) && WEXITSTATUS(status) == STATUS_ABSENT)
		return ERR_NO_ROW;
	if (!good || !WIFEXITED(status) || WEXITSTATUS(status))
		return ERR_UNAVAILABLE;
	*ret = buf_str(&out);
	return OK;
}

static struct str
input_of(struct arena *arena, struct str key, struct str label, struct str secret)
{
	struct buf input;

	buf_init(&input, arena, INPUT_MAX);
	buf_add(&input, key);
	buf_add_char(&input, '\n');
	for (size_t i = 0; i < label.n; i++)
		buf_add_char(&input, label.p[i] == '\n' ? ' ' : label.p[i]);
	buf_add_char(&input, '\n');
	buf_add(&input, secret);
	return buf_ok(&input) ? buf_str(&input) : STR_NONE;
}

static enum err
explain(enum err e, struct diag *diag)
{
	return diag_set(diag, e == ERR_NO_ROW ? e : ERR_UNAVAILABLE,
		e == ERR_NO_ROW ? "the keyring has no such sign-in any more"
				: "no keyring can be used here; sign in with --store file");
}

/* Without a session bus there is no keyring, and asking for one would only start
 * programs that look for it. */
static bool
has_bus(struct arena *arena)
{
	const char *address = getenv("DBUS_SESSION_BUS_ADDRESS");
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	const char *other = getenv("AUTHGATE_KEYRING");

	return (address && address[0]) || (other && other[0]) ||
	       (runtime && runtime[0] && !access(arena_printf(arena, "%s/bus", runtime), F_OK));
}

static bool
works(void)
{
	struct arena arena = {0};
	struct str secret;
	enum err e = ERR_UNAVAILABLE;

	if (has_bus(&arena))
		e = call(&arena, "get", input_of(&arena, STR("probe"), STR_NONE, STR_NONE),
			KEYRING_PROBE_MS, &secret);
	arena_free(&arena);
	return !e || e == ERR_NO_ROW;
}

bool
client_keyring_takes(void)
{
	struct arena arena = {0};
	bool takes = works() &&
		     !client_keyring_store(
			     &arena, STR("probe"), STR("authgate: a test"), STR("probe"), NULL) &&
		     !client_keyring_erase(&arena, STR("probe"), NULL);

	arena_free(&arena);
	return takes;
}

enum err
client_keyring_get(struct arena *arena, struct str key, struct str *ret, struct diag *diag)
{
	enum err e =
		call(arena, "get", input_of(arena, key, STR_NONE, STR_NONE), KEYRING_WAIT_MS, ret);

	return e ? explain(e, diag) : OK;
}

enum err
client_keyring_store(
	struct arena *arena, struct str key, struct str label, struct str secret, struct diag *diag)
{
	struct str input = input_of(arena, key, label, secret), nothing;
	enum err e =
		input.n ? call(arena, "store", input, KEYRING_WAIT_MS, &nothing) : ERR_TOO_LONG;

	return e ? explain(e, diag) : OK;
}

enum err
client_keyring_erase(struct arena *arena, struct str key, struct diag *diag)
{
	struct str nothing;
	enum err e = call(arena, "erase", input_of(arena, key, STR_NONE, STR_NONE), KEYRING_WAIT_MS,
		&nothing);

	return e && e != ERR_NO_ROW ? explain(e, diag) : OK;
}
