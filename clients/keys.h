/*
 * Single keys while something else is waited for: the terminal hands them over
 * without Enter and without showing them.  Ctrl-C stays a signal.
 */
#ifndef CLIENTS_KEYS_H
#define CLIENTS_KEYS_H

#include <stdbool.h>
#include <termios.h>

struct keys {
	int fd; /* -1: standard input is no terminal of ours */
	struct termios before;
};

void client_keys_open(struct keys *);
/* Puts the terminal back as it was. */
void client_keys_close(struct keys *);
/* Reads what was typed; true if this letter, in either case, is among it.  Closes
 * the keys when the terminal has gone. */
bool client_keys_has(struct keys *, char letter);

#endif
