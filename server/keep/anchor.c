/* Appending a line to a file, sending one to the journal. */
#include "server/keep/anchor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static const char journal[] = "/run/systemd/journal/socket";

static enum err
fail(struct diag *diag, const char *path)
{
	return diag_set(diag, ERR_IO, "%s: %s", path, strerror(errno));
}

/* A line is written at once, so that several nodes may share a file. */
static enum err
append(const char *path, struct str line, struct diag *diag)
{
	int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	enum err e = OK;

	if (fd < 0)
		return fail(diag, path);
	if (write(fd, line.p, line.n) != (ssize_t)line.n || fdatasync(fd))
		e = fail(diag, path);
	if (close(fd) && !e)
		e = fail(diag, path);
	return e;
}

/* systemd's native protocol: a datagram of fields. */
static enum err
send_to_journal(const char *path, struct str fields, struct diag *diag)
{
	struct sockaddr_un to = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	enum err e = OK;

	if (fd < 0)
		return fail(diag, path);
	(void)snprintf(to.sun_path, sizeof to.sun_path, "%s", path);
	if (sendto(fd, fields.p, fields.n, MSG_NOSIGNAL, (struct sockaddr *)&to, sizeof to) < 0)
		e = fail(diag, path);
	(void)close(fd);
	return e;
}

enum err
anchor_write(struct arena *arena, struct str where, struct str line, struct diag *diag)
{
	struct str fields, path = where;

	if (str_is(str_cut(&path, ':'), "file"))
		return append(str_c(arena, path), str_printf(arena, "%.*s\n", STR_ARG(line)), diag);
	if (!str_is(where, "journald"))
		return OK;
	fields = str_printf(
		arena, "MESSAGE=%.*s\nPRIORITY=5\nSYSLOG_IDENTIFIER=authgate\n", STR_ARG(line));
	return send_to_journal(journal, fields, diag);
}
