/*
 * Preloaded by tests/story/test_randomness.py: getrandom(2) works, or not, as the file
 * says whose name is in RANDOM_FAULT. "ENOSYS": there is none. "EINTR": every other
 * call is interrupted, and the rest are short.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

ssize_t getrandom(void *bytes, size_t n, unsigned flags);

static int
fault(void)
{
	const char *path = getenv("RANDOM_FAULT");
	char word[8] = "";
	int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
	ssize_t size = fd < 0 ? 0 : read(fd, word, sizeof word - 1);

	if (fd >= 0)
		(void)close(fd);
	if (size <= 0)
		return 0;
	return strcmp(word, "ENOSYS") == 0 ? ENOSYS : EINTR;
}

ssize_t
getrandom(void *bytes, size_t n, unsigned flags)
{
	static atomic_uint calls;
	int number = fault();

	if (number == ENOSYS || (number == EINTR && atomic_fetch_add(&calls, 1) % 2 == 0)) {
		errno = number;
		return -1;
	}
	return syscall(SYS_getrandom, bytes, number && n ? 1 : n, flags);
}
