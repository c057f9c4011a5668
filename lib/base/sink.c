/* One system call for a line, two where the descriptor has to be asked first. */
#include "lib/base/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PIPE_SIZE = 1 << 20 };

enum kind {
	KIND_PLAIN,  /* a file; or what was opened again and does not wait */
	KIND_SOCKET, /* that of the journal: each call says that it does not wait */
	KIND_SHARED, /* could not be opened again: is asked whether there is room */
};

/* A second description of the same pipe or terminal, or -1. */
static int
open_again(int fd)
{
	char path[32];

	(void)snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
	return open(path, O_WRONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

void
sink_open(struct sink *s, int fd)
{
	struct stat st = {0};
	int own = -1, old = atomic_load(&s->is_own) ? atomic_load(&s->fd) : -1;
	enum kind kind = KIND_PLAIN;

	if (atomic_load(&s->given) == fd)
		return;
	if (!fstat(fd, &st) && S_ISSOCK(st.st_mode))
		kind = KIND_SOCKET;
	if (S_ISFIFO(st.st_mode) || S_ISCHR(st.st_mode)) {
		own = open_again(fd);
		kind = own < 0 ? KIND_SHARED : KIND_PLAIN;
	}
	if (S_ISFIFO(st.st_mode))
		(void)fcntl(fd, F_SETPIPE_SZ, PIPE_SIZE);
	atomic_store(&s->fd, own < 0 ? fd : own);
	atomic_store(&s->kind, (int)kind);
	atomic_store(&s->is_own, own >= 0);
	atomic_store(&s->given, fd);
	if (old >= 0)
		(void)close(old);
}

/* Nobody else of this process writes in between; a pipe with room takes a line whole. */
static ssize_t
write_if_room(struct sink *s, int fd, const char *line, size_t size)
{
	struct pollfd room = {.fd = fd, .events = POLLOUT};
	ssize_t n = -1;

	(void)pthread_mutex_lock(&s->lock);
	if (poll(&room, 1, 0) > 0 && room.revents & POLLOUT)
		n = write(fd, line, size);
	else
		errno = EAGAIN;
	(void)pthread_mutex_unlock(&s->lock);
	return n;
}

static ssize_t
write_once(struct sink *s, const char *line, size_t size)
{
	int fd = atomic_load_explicit(&s->fd, memory_order_relaxed);

	switch (atomic_load_explicit(&s->kind, memory_order_relaxed)) {
	case KIND_SOCKET: return send(fd, line, size, MSG_DONTWAIT | MSG_NOSIGNAL);
	case KIND_SHARED: return write_if_room(s, fd, line, size);
	default: return write(fd, line, size);
	}
}

bool
sink_write(struct sink *s, const char *line, size_t size)
{
	ssize_t n;

	while ((n = write_once(s, line, size)) < 0 && errno == EINTR)
		;
	return n >= 0;
}
