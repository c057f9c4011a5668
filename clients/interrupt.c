/* Turns the two signals of impatience into a descriptor. */
#include "clients/interrupt.h"

#include <errno.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

static void
fill(sigset_t *set)
{
	(void)sigemptyset(set);
	(void)sigaddset(set, SIGINT);
	(void)sigaddset(set, SIGTERM);
}

enum err
client_interrupt_open(int *ret_fd, struct diag *diag)
{
	sigset_t set;
	int fd;

	fill(&set);
	fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (fd < 0)
		return diag_set(diag, ERR_INTERNAL, "signalfd: %s", strerror(errno));
	(void)sigprocmask(SIG_BLOCK, &set, NULL);
	*ret_fd = fd;
	return OK;
}

void
client_interrupt_close(int fd)
{
	struct signalfd_siginfo pending;
	sigset_t set;

	/* What was noticed here has been acted on: do not deliver it again. */
	while (read(fd, &pending, sizeof pending) == (ssize_t)sizeof pending)
		continue;
	(void)close(fd);
	fill(&set);
	(void)sigprocmask(SIG_UNBLOCK, &set, NULL);
}
