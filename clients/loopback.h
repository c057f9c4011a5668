/*
 * The listener a browser comes back to (RFC 8252 section 7.3): bound before its
 * address is shown to anybody, on loopback only, for one answer.
 *
 * Whoever can reach it may be hostile: other users of the machine, any page the
 * browser has open.  So it reads one bounded head per connection, never waits
 * for a slow one, demands its own Host, and lets only the right state count, from the
 * browser that was opened for it if it is guarded.
 * The code leaves the address bar at once by a redirect to a page that says how
 * it went.
 */
#ifndef CLIENTS_LOOPBACK_H
#define CLIENTS_LOOPBACK_H

#include "clients/code_flow.h"

enum { LOOPBACK_CONNECTIONS = 16, LOOPBACK_SOCKETS = 2 };

struct loopback {
	struct arena *arena;
	int sockets[LOOPBACK_SOCKETS]; /* 127.0.0.1 and [::1], when the name is localhost */
	size_t socket_count;
	struct str redirect_uri; /* with the port that was bound */
	struct str authority;    /* what Host must say */
	struct str path;
	struct str start;  /* the path at which a browser proves itself; empty: none is asked to */
	struct str cookie; /* "name=value": what it proves itself with when it comes back */
	bool only_once;    /* a second visit to start ends the sign-in */
	bool started;
	struct loopback_connection *connections;
};

/* Something else to watch while waiting; an error of ready ends the wait. */
struct loopback_watch {
	int fd; /* -1: nothing */
	enum err (*ready)(void *context);
	void *context;
};

struct loopback_wait {
	const struct code_flow *flow;
	int64_t timeout_s;
	void (*tick)(void *context, int64_t left_s); /* about once a second */
	void *context;
	struct loopback_watch *watches;
	size_t watch_count;
};

/* redirect_uri empty: http://127.0.0.1:PORT/callback.  Otherwise http with a
 * loopback host; without a port the system picks one.  ERR_IO if it cannot be
 * bound, ERR_MALFORMED if it is no such address. */
MUST_USE enum err client_loopback_open(
	struct arena *, struct str redirect_uri, struct loopback *ret, struct diag *);
void client_loopback_close(struct loopback *);
/* From now on only a browser that has been at *ret_url counts: it is sent on to the
 * server, with a cookie.  The address is for the person's own browser, and must not be
 * read by others; where it can be, only_once makes a second visitor end the sign-in, so
 * that nobody signs it in as somebody else unnoticed. */
MUST_USE enum err client_loopback_guard(
	struct loopback *, bool only_once, struct str *ret_url, struct diag *);
/* Waits for the answer.  ERR_EXPIRED_TOKEN when the time is over, ERR_CANCELLED,
 * what a watch returned, or what client_code_judge found wrong. */
MUST_USE enum err client_loopback_wait(
	struct loopback *, const struct loopback_wait *, struct str *ret_code, struct diag *);
/* Shows the last page to the browser that was redirected to it; gives up after a
 * moment.  Sentences are plain text. */
void client_loopback_finish(struct loopback *, const char *title, const char *sentence);

#endif
