/* Reads single keys. */
#include "clients/keys.h"

#include <ctype.h>
#include <unistd.h>

void
client_keys_open(struct keys *keys)
{
	struct termios now;

	*keys = (struct keys){.fd = -1};
	/* In the background, changing the terminal would stop the process. */
	if (!isatty(STDIN_FILENO) || tcgetpgrp(STDIN_FILENO) != getpgrp() ||
		tcgetattr(STDIN_FILENO, &keys->before))
		return;
	now = keys->before;
	now.c_lflag &= ~(tcflag_t)(ICANON | ECHO);
	now.c_cc[VMIN] = 0;
	now.c_cc[VTIME] = 0;
	if (tcsetattr(STDIN_FILENO, TCSANOW, &now) == 0)
		keys->fd = STDIN_FILENO;
}

void
client_keys_close(struct keys *keys)
{
	if (keys->fd >= 0)
		(void)tcsetattr(keys->fd, TCSADRAIN, &keys->before);
	keys->fd = -1;
}

bool
client_keys_has(struct keys *keys, char letter)
{
	char typed[64];
	ssize_t n = keys->fd < 0 ? 0 : read(keys->fd, typed, sizeof typed);

	/* The terminal has gone: it would be readable for ever. */
	if (n <= 0)
		client_keys_close(keys);
	for (ssize_t i = 0; i < n; i++)
		if (tolower((unsigned char)typed[i]) == letter)
			return true;
	return false;
}
