/* Looks at standard output as its file system and its other end are. */
#include "cmd/output.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sysexits.h>
#include <unistd.h>

enum {
	ROOM_BYTES = 4096,
	MEMORY_MAJOR = 1, /* Linux, Documentation/admin-guide/devices.txt */
	FULL_MINOR = 7,
};

void
output_claim(void)
{
	for (int fd = 0; fd <= STDERR_FILENO; fd++) {
		/* What is written to 1 has to fail, what is said on 2 may be lost. */
		int mode = fd == STDERR_FILENO ? O_WRONLY : O_RDONLY;

		if (fcntl(fd, F_GETFD) == -1 && open("/dev/null", mode) != fd)
			_exit(EX_OSERR);
	}
}

/* The blocks behind the end stay: others may be appending to the same file, and giving
 * back could take what they wrote. */
static int
file_has_room(int fd, const struct stat *st)
{
	if (!fallocate(fd, FALLOC_FL_KEEP_SIZE, st->st_size, ROOM_BYTES))
		return 0;
	return errno == ENOSPC || errno == EDQUOT || errno == EFBIG || errno == EROFS ? errno : 0;
}

static int
pipe_has_reader(int fd)
{
	struct pollfd p = {.fd = fd, .events = POLLOUT};

	return poll(&p, 1, 0) == 1 && p.revents & (POLLERR | POLLNVAL) ? EPIPE : 0;
}

/* 0, or the errno that writing would end with. */
static int
what_is_wrong(int fd)
{
	int flags = fcntl(fd, F_GETFL);
	struct stat st;

	if (flags == -1 || fstat(fd, &st))
		return errno;
	if ((flags & O_ACCMODE) == O_RDONLY)
		return EBADF;
	if (S_ISREG(st.st_mode))
		return file_has_room(fd, &st);
	if (S_ISFIFO(st.st_mode) || S_ISSOCK(st.st_mode))
		return pipe_has_reader(fd);
	if (S_ISCHR(st.st_mode) && st.st_rdev == makedev(MEMORY_MAJOR, FULL_MINOR))
		return ENOSPC;
	return 0;
}

static void
complain(int why)
{
	(void)fprintf(stderr, "authgate: standard output cannot be written: %s\n", strerror(why));
}

bool
output_judge(void)
{
	int why = what_is_wrong(STDOUT_FILENO);

	if (why)
		complain(why);
	return !why;
}

int
output_finish(int status)
{
	bool failed = ferror(stdout);

	errno = failed ? EIO : 0;
	if (!fflush(stdout) && !failed)
		return status;
	if (status)
		return status;
	complain(errno ? errno : EIO);
	return EX_IOERR;
}
