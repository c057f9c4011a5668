/*
 * What the service manager is told, by sd_notify(3)'s protocol: one datagram to the
 * socket that $NOTIFY_SOCKET names.  Without one, nothing happens.
 */
#ifndef SERVER_KEEP_NOTIFY_H
#define SERVER_KEEP_NOTIFY_H

#include "lib/base/compiler.h"

#include <stdbool.h>

struct notify;

/* Reads the environment; NULL if nobody listens, which the others take. */
struct notify *notify_open(void);
void notify_close(struct notify *);
bool notify_has_watchdog(const struct notify *);
/* Lines of NAME=value; what cannot be sent is lost. Any thread. */
void notify_send(const struct notify *, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
