/*
 * What the service manager is told, by sd_notify(3)'s protocol: one datagram to the
 * socket that $NOTIFY_SOCKET names.  Without one, nothing happens.
 */
#ifndef SERVER_KEEP_NOTIFY_H
#define SERVER_KEEP_NOTIFY_H

#include "lib/base/compiler.h"

#include <stdint.h>

struct notify {
	int fd;              /* -1: nobody listens */
	int64_t watchdog_us; /* the manager kills who is silent for so long; 0: it does not */
};

/* Reads the environment. */
void notify_open(struct notify *);
void notify_close(struct notify *);
/* Lines of NAME=value; what cannot be sent is lost. Any thread. */
void notify_send(const struct notify *, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
