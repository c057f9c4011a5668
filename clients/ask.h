/*
 * A request to the authorization server, sent again when it says that it was not
 * looked at: status 429 (RFC 6585 section 4) or, where repeating is harmless, 503 with
 * Retry-After.  A server that counts by address counts everybody behind it.
 */
#ifndef CLIENTS_ASK_H
#define CLIENTS_ASK_H

#include "lib/http/fetch.h"

enum {
	ASK_NOT_AGAIN = 0,
	ASK_PATIENCE_S = 30, /* with a person or a program waiting */
};

struct asking {
	struct fetch_request request;
	int64_t patience_s; /* waits no longer than this in all */
	bool works_once;    /* a grant: after 503 nobody knows whether it was used up */
};

/* As fetch(); the last answer is the result.  Waits as long as Retry-After says, else a
 * second, then two, then four; ERR_CANCELLED. */
MUST_USE enum err client_ask(
	struct arena *, const struct asking *, struct fetch_reply *ret, struct diag *);

#endif
