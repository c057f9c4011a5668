/* Takes room, fills it, sweeps up. */
#include "clients/token_room.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define PREFIX ".room-"

enum { TRIES = 8 };

/* Whose process has ended, its lock is free. */
static void
sweep(int directory)
{
	int fd = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;

	if (!dir && fd >= 0)
		(void)close(fd);
	while (dir && (entry = readdir(dir))) {
		if (!str_starts(str_of(entry->d_name), STR(PREFIX)))
			continue;
		fd = openat(
			directory, entry->d_name, O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK);
		if (fd >= 0 && !flock(fd, LOCK_EX | LOCK_NB))
			(void)unlinkat(directory, entry->d_name, 0);
		if (fd >= 0)
			(void)close(fd);
	}
	if (dir)
		(void)closedir(dir);
}

/* Somebody may sweep between making and locking: then it has no name any more. */
static bool
is_ours(int fd)
{
	struct stat st;

	return !flock(fd, LOCK_EX | LOCK_NB) && !fstat(fd, &st) && st.st_nlink;
}

static enum err
give_up(struct token_room *room, int directory)
{
	int why = errno;

	client_room_release(room, directory);
	errno = why;
	return ERR_IO;
}

/* Not every file system can promise room; what it promises then is not less than before. */
static int
promise(int fd, size_t bytes)
{
	int why = bytes ? posix_fallocate(fd, 0, (off_t)bytes) : 0;

	return why == EOPNOTSUPP || why == EINVAL ? 0 : why;
}

enum err
client_room_take(int directory, size_t bytes, struct token_room *ret)
{
	struct token_room room = {.fd = -1};
	int why;

	*ret = room;
	sweep(directory);
	for (int i = 0; i < TRIES && room.fd < 0; i++) {
		(void)snprintf(room.name, sizeof room.name, PREFIX "%ld-%d", (long)getpid(), i);
		room.fd = openat(directory, room.name,
			O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
		if (room.fd < 0 && errno != EEXIST)
			return ERR_IO;
		if (room.fd >= 0 && !is_ours(room.fd)) {
			(void)close(room.fd);
			room.fd = -1;
		}
	}
	if (room.fd < 0)
		return ERR_IO;
	if (fchmod(room.fd, 0600))
		return give_up(&room, directory);
	if ((why = promise(room.fd, bytes))) {
		errno = why;
		return give_up(&room, directory);
	}
	*ret = room;
	return OK;
}

static enum err
write_all(int fd, struct str text)
{
	off_t at = 0;

	while (text.n) {
		ssize_t n = pwrite(fd, text.p, text.n, at);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return ERR_IO;
		at += n;
		text = str_from(text, (size_t)n);
	}
	return ftruncate(fd, at) || fsync(fd) ? ERR_IO : OK;
}

enum err
client_room_fill(struct token_room *room, int directory, const char *name, struct str text)
{
	if (write_all(room->fd, text) || renameat(directory, room->name, directory, name))
		return ERR_IO;
	(void)close(room->fd);
	room->fd = -1;
	return fsync(directory) ? ERR_IO : OK;
}

void
client_room_release(struct token_room *room, int directory)
{
	if (room->fd < 0)
		return;
	(void)unlinkat(directory, room->name, 0);
	(void)close(room->fd);
	room->fd = -1;
}
