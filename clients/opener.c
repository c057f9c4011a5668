/* Starts a program that opens an address. */
#include "clients/opener.h"

#include "lib/http/fetch.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ARGUMENTS_MAX = 16 };

/* After $BROWSER, in this order.  Not cmd.exe or powershell.exe: both would read
 * the '&' of a query as their own. */
static const struct {
	const char *program;
	const char *argument; /* before the address; may be NULL */
} known[] = {
	{"wslview", NULL},
	{"rundll32.exe", "url.dll,FileProtocolHandler"},
	{"xdg-open", NULL},
	{"gio", "open"},
	{"sensible-browser", NULL},
	{"x-www-browser", NULL},
};

static bool
can_run(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISREG(st.st_mode) && !access(path, X_OK);
}

static bool
is_in_path(struct arena *arena, struct str program)
{
	struct str path = str_of(getenv("PATH"));

	if (str_empty(program))
		return false;
	if (str_has_char(program, '/'))
		return can_run(str_c(arena, program));
	while (path.n) {
		struct str directory = str_cut(&path, ':');

		/* An empty or relative part means wherever we happen to be. */
		if (directory.n && directory.p[0] == '/' &&
			can_run(arena_printf(
				arena, "%.*s/%.*s", STR_ARG(directory), STR_ARG(program))))
			return true;
	}
	return false;
}

/* The words of one entry of $BROWSER become the arguments; "%s" is the address,
 * which comes last if it is not named. */
static bool
arguments_of_entry(struct arena *arena, struct str entry, struct str url, char *argv[])
{
	size_t count = 0;
	bool placed = false;

	STR_EACH (word, entry) {
		if (count + 2 >= ARGUMENTS_MAX)
			return false;
		if (str_is(word, "%s")) {
			word = url;
			placed = true;
		}
		argv[count++] = arena_copy(arena, word.p, word.n);
	}
	if (!count || !is_in_path(arena, str_of(argv[0])))
		return false;
	if (!placed)
		argv[count++] = arena_copy(arena, url.p, url.n);
	argv[count] = NULL;
	return true;
}

static bool
arguments_of_browser(struct arena *arena, struct str url, char *argv[])
{
	struct str list = str_of(getenv("BROWSER"));

	while (list.n)
		if (arguments_of_entry(arena, str_cut(&list, ':'), url, argv))
			return true;
	return false;
}

static bool
find_arguments(struct arena *arena, struct str url, char *argv[])
{
	if (arguments_of_browser(arena, url, argv))
		return true;
	for (size_t i = 0; i < countof(known); i++)
		if (is_in_path(arena, str_of(known[i].program))) {
			size_t count = 0;

			argv[count++] = (char *)(uintptr_t)known[i].program;
			if (known[i].argument)
				argv[count++] = (char *)(uintptr_t)known[i].argument;
			argv[count++] = arena_copy(arena, url.p, url.n);
			argv[count] = NULL;
			return true;
		}
	return false;
}

static bool
finds(bool (*find)(struct arena *, struct str, char **))
{
	char *argv[ARGUMENTS_MAX];
	struct arena arena = {0};
	bool found = find(&arena, STR("https://localhost/"), argv);

	arena_free(&arena);
	return found;
}

bool
client_opener_is_named(void)
{
	return finds(arguments_of_browser);
}

bool
client_opener_exists(void)
{
	return finds(find_arguments);
}

/* In a session of its own, so that Ctrl-C here does not end the browser; with the
 * signals that are blocked here let through; silent. */
static int
spawn_detached(char *const argv[], pid_t *ret)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attributes;
	sigset_t none;
	int failed;

	(void)sigemptyset(&none);
	(void)posix_spawn_file_actions_init(&files);
	(void)posix_spawnattr_init(&attributes);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		(void)posix_spawn_file_actions_addopen(&files, fd, "/dev/null", O_RDWR, 0);
	(void)posix_spawnattr_setsigmask(&attributes, &none);
	(void)posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSID);
	failed = posix_spawnp(ret, argv[0], &files, &attributes, argv, environ);
	(void)posix_spawn_file_actions_destroy(&files);
	(void)posix_spawnattr_destroy(&attributes);
	return failed;
}

enum err
client_opener_start(struct arena *arena, struct str url, struct opener *ret, struct diag *diag)
{
	char *argv[ARGUMENTS_MAX] = {NULL};
	struct opener opener = {.fd = -1};
	int failed;

	if (!fetch_url_is_safe(url) && !str_starts(url, STR("file:///")))
		return diag_set(diag, ERR_MALFORMED, "this address is not opened");
	if (!find_arguments(arena, url, argv))
		return diag_set(diag, ERR_NO_ROW, "no program here opens addresses");
	if ((failed = spawn_detached(argv, &opener.pid)))
		return diag_set(diag, ERR_IO, "%s: %s", argv[0], strerror(failed));
	opener.name = argv[0];
	/* The function of this name came with glibc 2.36, the call with Linux 5.3. */
	opener.fd = (int)syscall(SYS_pidfd_open, opener.pid, 0);
	*ret = opener;
	return OK;
}

bool
client_opener_failed(struct opener *opener)
{
	int status = 0;

	client_opener_close(opener);
	return waitpid(opener->pid, &status, WNOHANG) == opener->pid &&
	       !(WIFEXITED(status) && WEXITSTATUS(status) == 0);
}

void
client_opener_close(struct opener *opener)
{
	if (opener->fd >= 0)
		(void)close(opener->fd);
	opener->fd = -1;
}
