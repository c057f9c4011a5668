/*
 * The HTTP server: event loops around libh2o.  http_private.h is the only file that
 * includes h2o.h; an exchange holds copies of all it needs from there.
 */
#ifndef SERVER_ENGINE_HTTP_H
#define SERVER_ENGINE_HTTP_H

#include "server/exchange.h"

struct config;
struct http;

enum {
	REQUEST_TIMEOUT_MS = 10 * 1000, /* idle keep-alive, and reading one request */
};

/* Binds, opens a store for each loop and starts the loops. ret_bound is the
 * address as listen_open gives it. */
MUST_USE enum err http_start(struct server *, struct http **ret, struct diag *);
/* How many loops that will make, without the one of the admin socket. */
size_t http_wanted_loops(const struct config *);
/* The version of libh2o that it was built with. */
const char *http_library(void);
const char *http_address(const struct http *);
size_t http_loop_count(const struct http *);
/* Where one of the loops listens. */
int http_socket(const struct http *, size_t loop, bool *ret_is_admin);
/* At most this many loops will run. */
size_t http_loops_wanted(const struct config *);
/* True, once, when many connections have ended: memory is free that was not before. */
bool http_has_emptied(struct http *);
/* Whether the socket is the service manager's, who keeps it when this process ends. */
bool http_is_managed(const struct http *);
/* True while strangers are connected, and when some have been since the last call. */
bool http_is_visited(struct http *);
/* Reads the certificate of that configuration; new connections get it, old ones
 * keep theirs.  On failure the old certificate stays in use. */
MUST_USE enum err http_reload_tls(struct http *, const struct config *, struct diag *);
/* Wakes every loop; how many have not turned since the call before. */
size_t http_still_loops(struct http *);
/* Stops accepting, finishes what is in flight for at most the configured time,
 * ends the loops.  The pools must still be running. */
void http_stop(struct http *);
/* After the pools have stopped. */
void http_free(struct http *);

/* Any thread: gives back exchanges (a chain of ->next, all of one loop) whose
 * replies are decided. */
void http_deliver(struct exchange *chain);

#endif
