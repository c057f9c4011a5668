/*
 * struct redis: one Lua script in a Redis server, for whoever cannot wait.
 *
 * A thread of its own keeps connections open, each logged in, with the script
 * loaded and tried.  A caller borrows one that stands, and waits for the answer for
 * wait_ms at most, whatever the other side sends; nobody but the thread ever waits
 * for a name.  The first call that fails closes them all: until the thread has made
 * a new one, with pauses that grow to a second, calls fail at once and cost nothing.
 * The thread makes a call every second, so that an outage does not wait for somebody
 * to run into it.
 *
 * Plain TCP or a Unix socket: hiredis 0.14 knows no TLS.
 */
#ifndef LIB_CACHE_REDIS_H
#define LIB_CACHE_REDIS_H

#include "lib/base/diag.h"
#include "lib/base/endpoint.h"

enum { REDIS_ARGS_MAX = 32 };

struct redis_script {
	const char *text; /* answers an integer */
	/* The key and the arguments of a call that does what all do, and changes nothing
	 * that counts; it answers 0 or 1. */
	const struct str *trial;
	size_t trial_count;
};

struct redis_setup {
	struct endpoint endpoint;
	struct str password; /* empty: none */
	int64_t db;
	int64_t wait_ms;    /* for one answer; before, as long again while connections are made */
	size_t connections; /* calls that may be under way at once */
	const struct redis_script *script;
	/* Told once when Redis does not answer any more, with a reason that holds
	 * nothing Redis said but an error code, and once when it does again. Any
	 * thread, never two at once. */
	void (*tell)(void *context, bool is_there, const char *why);
	void *context;
};

struct redis;

/* Starts the thread; whether anybody answers is told later.  The texts are
 * copied.  ERR_UNAVAILABLE with a diag if hiredis is not installed. */
MUST_USE enum err redis_start(const struct redis_setup *, struct redis **ret, struct diag *);
/* Nobody may be calling; takes NULL. */
void redis_stop(struct redis *);
/* Connects once, with all that a connection needs, and leaves; ERR_UNAVAILABLE with
 * the reason.  Waits longer than a request does: a second for the connection. */
MUST_USE enum err redis_try(const struct redis_setup *, struct diag *);
/* Runs the script with args, of which the first keys are KEYS.  ERR_UNAVAILABLE if
 * there is no answer in time, or none that is an integer from 0 to max. */
MUST_USE enum err redis_run(struct redis *, const struct str *args, size_t keys, size_t count,
	int64_t max, int64_t *ret);

#endif
