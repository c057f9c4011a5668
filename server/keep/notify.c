/* Datagrams to the service manager. */
#include "server/keep/notify.h"

#include "lib/base/arena.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct notify {
	int fd;
	bool has_watchdog; /* the manager kills who is silent for long */
};

enum { MESSAGE_SIZE = 512, SEND_TIMEOUT_S = 1 };

/* '/' begins a path, '@' a name in Linux's abstract namespace, which has a NUL in
 * its place and no end but its length. */
static int
connect_to(const char *name)
{
	const struct timeval timeout = {.tv_sec = SEND_TIMEOUT_S};
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t n = name ? strlen(name) : 0;
	socklen_t size = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + n);
	int fd;

	if (n < 2 || n >= sizeof address.sun_path || (name[0] != '/' && name[0] != '@'))
		return -1;
	memcpy(address.sun_path, name, n);
	if (name[0] == '@')
		address.sun_path[0] = '\0';
	else
		size++;
	fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -1;
	(void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout);
	if (connect(fd, (const struct sockaddr *)&address, size)) {
		(void)close(fd);
		return -1;
	}
	return fd;
}

/* WATCHDOG_PID names another process where a manager starts us by a wrapper. */
static bool
watchdog_is_on(void)
{
	const char *pid = getenv("WATCHDOG_PID");
	const char *us = getenv("WATCHDOG_USEC");

	if (!us || (pid && strtoll(pid, NULL, 10) != getpid()))
		return false;
	return strtoll(us, NULL, 10) != 0;
}

struct notify *
notify_open(void)
{
	int fd = connect_to(getenv("NOTIFY_SOCKET"));
	struct notify *n;

	if (fd < 0)
		return NULL;
	n = xcalloc(1, sizeof *n);
	*n = (struct notify){fd, watchdog_is_on()};
	return n;
}

void
notify_close(struct notify *n)
{
	if (!n)
		return;
	(void)close(n->fd);
	free(n);
}

bool
notify_has_watchdog(const struct notify *n)
{
	return n && n->has_watchdog;
}

void
notify_send(const struct notify *n, const char *format, ...)
{
	char text[MESSAGE_SIZE];
	va_list args;
	int size;

	if (!n)
		return;
	va_start(args, format);
	size = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	if (size > 0 && (size_t)size < sizeof text)
		(void)send(n->fd, text, (size_t)size, MSG_NOSIGNAL);
}
