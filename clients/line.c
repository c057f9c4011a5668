/* Reads a line byte by byte. */
#include "clients/line.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

/* True when a byte or the end is there. */
static enum err
wait_for_input(int cancel_fd)
{
	struct pollfd fds[2] = {
		{.fd = STDIN_FILENO, .events = POLLIN},
		{.fd = cancel_fd ? cancel_fd : -1, .events = POLLIN},
	};

	while (!fds[0].revents) {
		if (poll(fds, 2, -1) < 0 && errno != EINTR)
			return ERR_IO;
		if (fds[1].revents)
			return ERR_CANCELLED;
	}
	return OK;
}

enum err
client_line_read(struct arena *arena, size_t max, int cancel_fd, struct str *ret)
{
	char *line = arena_alloc(arena, max);
	size_t n = 0;
	enum err e;

	while (n < max) {
		if ((e = wait_for_input(cancel_fd)))
			return e;
		if (read(STDIN_FILENO, line + n, 1) != 1) {
			if (!n)
				return ERR_NO_ROW;
			break;
		}
		if (line[n] == '\n')
			break;
		n++;
	}
	if (n == max)
		return ERR_TOO_LONG;
	if (n && line[n - 1] == '\r')
		n--;
	*ret = str_trim((struct str){line, n});
	/* PowerShell begins what it pipes with it. */
	if (str_starts(*ret, STR("\xef\xbb\xbf")))
		*ret = str_from(*ret, 3);
	return OK;
}
