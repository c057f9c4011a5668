/*
 * What the server counts about itself, and GET /metrics: lib/metrics with the
 * labels that only the server knows.
 */
#ifndef SERVER_KEEP_METRICS_H
#define SERVER_KEEP_METRICS_H

#include "server/exchange.h"

/* Makes server->metrics, if they are configured, and lets stores count. */
void metrics_open(struct server *, const char *version);
/* The configuration has been read again, or could not be. */
void metrics_note_reload(struct server *, enum err);
/* One that has been answered, and what its handler tallied. */
void metrics_count_request(const struct exchange *);

#endif
