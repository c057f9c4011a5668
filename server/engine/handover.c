/* From one process to the next. */
#include "server/engine/handover.h"

#include "lib/base/arena.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "server/engine/http.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#define VARIABLE "AUTHGATE_HANDOVER"
#define PROTOCOL "authgate handover 1"
#define DELETED  " (deleted)"

enum {
	PLACE = 3, /* the descriptor that the new one finds */
	SOCKETS_MAX = 257,
	MESSAGE_MAX = 32,
	TALK_S = 30,          /* for an answer that needs no work */
	START_US = 600000000, /* for a start, migrations and all, as the unit has it */
	LOOK_MS = 50,
};

extern char **environ;

/* ---- messages ---- */

/* fd: a socket that goes with it, or -1. */
static bool
say(int to, const char *word, int fd)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control = {.bytes = {0}};
	struct iovec text = {(void *)(uintptr_t)word, strlen(word)};
	struct msghdr message = {.msg_iov = &text, .msg_iovlen = 1};

	if (fd >= 0) {
		control.header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof fd),
			.cmsg_level = SOL_SOCKET,
			.cmsg_type = SCM_RIGHTS};
		memcpy(CMSG_DATA(&control.header), &fd, sizeof fd);
		message.msg_control = control.bytes;
		message.msg_controllen = sizeof control.bytes;
	}
	return sendmsg(to, &message, MSG_NOSIGNAL) == (ssize_t)text.iov_len;
}

/* False at the end, and when nothing comes in time.  ret_fd: what came with it, or -1. */
static bool
hear(int from, char word[static MESSAGE_MAX], int *ret_fd)
{
	union {
		struct cmsghdr header;
		char bytes[CMSG_SPACE(sizeof(int))];
	} control;
	struct iovec text = {word, MESSAGE_MAX - 1};
	struct msghdr message = {.msg_iov = &text,
		.msg_iovlen = 1,
		.msg_control = control.bytes,
		.msg_controllen = sizeof control.bytes};
	ssize_t n = recvmsg(from, &message, MSG_CMSG_CLOEXEC);
	const struct cmsghdr *header = n > 0 ? CMSG_FIRSTHDR(&message) : NULL;

	*ret_fd = -1;
	if (n <= 0)
		return false;
	word[n] = '\0';
	if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS)
		memcpy(ret_fd, CMSG_DATA(header), sizeof *ret_fd);
	return true;
}

static void
limit_waiting(int fd)
{
	const struct timeval limit = {.tv_sec = TALK_S};

	(void)setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
}

/* ---- the old one ---- */

struct successor {
	pid_t pid;
	int fd;
};

/* A name that another file has taken is followed by DELETED. */
char *
handover_program(void)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof path - 1);
	struct str name = {path, n > 0 ? (size_t)n : 0};

	if (!name.n)
		return NULL;
	if (str_ends(name, STR(DELETED)))
		name = str_first(name, name.n - (sizeof DELETED - 1));
	path[name.n] = '\0';
	return xstrdup(path);
}

bool
handover_program_is_new(const char *program)
{
	struct stat named, running;

	return program && !stat(program, &named) && !stat("/proc/self/exe", &running) &&
	       (named.st_ino != running.st_ino || named.st_dev != running.st_dev);
}

/* This process's variables, and the one that tells what PLACE is. */
static char **
variables_with_place(struct arena *arena)
{
	size_t count = 0;
	char **list;

	while (environ[count])
		count++;
	list = arena_alloc(arena, (count + 2) * sizeof *list);
	memcpy(list, environ, count * sizeof *list);
	list[count] = arena_printf(arena, VARIABLE "=%d", PLACE);
	list[count + 1] = NULL;
	return list;
}

/* The signals that are blocked here are blocked there: none ends it before it waits for them. */
static enum err
spawn(const char *program, char *const argv[], int fd, pid_t *ret, struct diag *diag)
{
	posix_spawn_file_actions_t actions;
	struct arena arena = {0};
	int code;

	(void)posix_spawn_file_actions_init(&actions);
	(void)posix_spawn_file_actions_adddup2(&actions, fd, PLACE);
	code = posix_spawn(ret, program, &actions, NULL, argv, variables_with_place(&arena));
	(void)posix_spawn_file_actions_destroy(&actions);
	arena_free(&arena);
	return code ? diag_set(diag, ERR_UNAVAILABLE, "%s: %s", program, strerror(code)) : OK;
}

static bool
give_sockets(const struct http *http, int to)
{
	bool is_admin;

	if (!say(to, PROTOCOL, -1))
		return false;
	for (size_t i = 0; i < http_loop_count(http); i++) {
		int fd = http_socket(http, i, &is_admin);

		if (!say(to, is_admin ? "admin" : "http", fd))
			return false;
	}
	return (!http_is_managed(http) || say(to, "managed", -1)) && say(to, "all", -1);
}

enum err
handover_begin(const struct http *http, const char *program, char *const argv[],
	struct successor **ret, struct diag *diag)
{
	struct successor *s;
	int pair[2];
	enum err e;

	/* The first process of a container takes all others with it. */
	if (getpid() == 1 || !program)
		return diag_set(diag, ERR_UNAVAILABLE, "%s",
			program ? "the first process of a container cannot be replaced"
				: "/proc is not there");
	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, pair))
		return diag_set(diag, ERR_UNAVAILABLE, "%s", strerror(errno));
	s = xcalloc(1, sizeof *s);
	s->fd = pair[0];
	limit_waiting(s->fd);
	e = spawn(program, argv, pair[1], &s->pid, diag);
	(void)close(pair[1]);
	if (!e && !give_sockets(http, s->fd))
		e = diag_set(diag, ERR_UNAVAILABLE, "%s does not take the sockets", program);
	if (e)
		handover_forget(s);
	else
		*ret = s;
	return e;
}

static bool
is_asked_to_stop(const sigset_t *stop)
{
	sigset_t pending;

	(void)sigpending(&pending);
	return (sigismember(stop, SIGTERM) && sigismember(&pending, SIGTERM)) ||
	       (sigismember(stop, SIGINT) && sigismember(&pending, SIGINT));
}

enum err
handover_wait(struct successor *s, const sigset_t *stop, struct diag *diag)
{
	int64_t until_us = clock_monotonic_us() + START_US;
	struct pollfd wait = {.fd = s->fd, .events = POLLIN};
	char word[MESSAGE_MAX];
	int unused;

	while (poll(&wait, 1, LOOK_MS) <= 0) {
		if (is_asked_to_stop(stop))
			return diag_set(diag, ERR_UNAVAILABLE, "this server is told to stop");
		if (clock_monotonic_us() > until_us)
			return diag_set(diag, ERR_UNAVAILABLE, "it was not ready in time");
	}
	if (!hear(s->fd, word, &unused) || strcmp(word, "serving") != 0)
		return diag_set(diag, ERR_UNAVAILABLE, "it ended before it served; see above");
	return OK;
}

int64_t
handover_pid(const struct successor *s)
{
	return s->pid;
}

void
handover_go(struct successor *s)
{
	(void)say(s->fd, "go", -1);
	s->pid = 0;
}

void
handover_forget(struct successor *s)
{
	if (!s)
		return;
	(void)close(s->fd);
	if (s->pid > 0) {
		(void)kill(s->pid, SIGKILL);
		(void)waitpid(s->pid, NULL, 0);
	}
	free(s);
}

/* ---- the new one ---- */

struct predecessor {
	int fd;
	int sockets[SOCKETS_MAX];
	size_t count;
	int admin;
	bool are_managed;
	bool has_ended;
};

/* What a library of the other left open, and what the service manager gave it: its messages name
 * the other's process. */
static void
shed(void)
{
	static const char *const stale[] = {
		VARIABLE, "LISTEN_FDS", "LISTEN_PID", "LISTEN_FDNAMES", "WATCHDOG_PID"};

	for (size_t i = 0; i < sizeof stale / sizeof *stale; i++)
		(void)unsetenv(stale[i]);
	(void)syscall(SYS_close_range, PLACE + 1, UINT_MAX, 0);
}

static bool
listens(int fd)
{
	socklen_t size = sizeof(int);
	int on = 0;

	return !getsockopt(fd, SOL_SOCKET, SO_ACCEPTCONN, &on, &size) && on;
}

static bool
take_socket(struct predecessor *p, const char *kind, int fd)
{
	if (fd < 0 || !listens(fd))
		return false;
	if (strcmp(kind, "admin") == 0 && p->admin < 0)
		p->admin = fd;
	else if (strcmp(kind, "http") == 0 && p->count < SOCKETS_MAX)
		p->sockets[p->count++] = fd;
	else
		return false;
	return true;
}

static bool
take_all(struct predecessor *p)
{
	char word[MESSAGE_MAX];
	int fd;

	if (!hear(p->fd, word, &fd) || strcmp(word, PROTOCOL) != 0)
		return false;
	for (;;) {
		if (!hear(p->fd, word, &fd))
			return false;
		if (strcmp(word, "all") == 0)
			return p->count > 0;
		if (strcmp(word, "managed") == 0)
			p->are_managed = true;
		else if (!take_socket(p, word, fd))
			return false;
	}
}

enum err
handover_receive(struct predecessor **ret, struct diag *diag)
{
	struct predecessor *p;

	*ret = NULL;
	if (!getenv(VARIABLE))
		return OK;
	shed();
	p = xcalloc(1, sizeof *p);
	p->fd = PLACE;
	p->admin = -1;
	limit_waiting(p->fd);
	if (!take_all(p)) {
		handover_end(p);
		return diag_set(diag, ERR_CONFIG,
			VARIABLE
			": the server that it is set by gives no sockets that this one knows");
	}
	*ret = p;
	return OK;
}

size_t
handover_count(const struct predecessor *p)
{
	return p->count;
}

const int *
handover_sockets(const struct predecessor *p)
{
	return p->sockets;
}

bool
handover_are_managed(const struct predecessor *p)
{
	return p->are_managed;
}

static bool
is_bound_to(int fd, struct str path)
{
	struct sockaddr_un at = {.sun_family = AF_UNSPEC};
	socklen_t size = sizeof at;

	return !getsockname(fd, (struct sockaddr *)&at, &size) && at.sun_family == AF_UNIX &&
	       path.n < sizeof at.sun_path && !strncmp(at.sun_path, path.p, path.n) &&
	       !at.sun_path[path.n];
}

int
handover_admin_socket(struct predecessor *p, struct str path)
{
	int fd = p->admin;

	p->admin = -1;
	if (fd < 0 || is_bound_to(fd, path))
		return fd;
	(void)close(fd);
	return -1;
}

void
handover_serving(struct predecessor *p)
{
	char word[MESSAGE_MAX];
	int unused;

	if (!say(p->fd, "serving", -1) || !hear(p->fd, word, &unused))
		log_warning("not handed over", log_c("why", "the server before this one ended"));
}

bool
handover_goes_on(struct predecessor *p)
{
	char word[MESSAGE_MAX];
	ssize_t n;

	if (!p || p->has_ended)
		return false;
	n = recv(p->fd, word, sizeof word, MSG_DONTWAIT);
	p->has_ended = n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
	return !p->has_ended;
}

void
handover_end(struct predecessor *p)
{
	if (!p)
		return;
	(void)close(p->fd);
	if (p->admin >= 0)
		(void)close(p->admin);
	free(p);
}
