/*
 * Requests per minute and address, for the rows that name an enum limit.
 * IPv6 counts by /64: one household has 2^64 addresses.  On a browser where somebody
 * has signed in before (server/gate/known_browser.h) tries to sign in count by themselves,
 * so that others behind its address cannot use them up.
 *
 * With RATE_LIMIT_STORE=redis all nodes count together, and a row with a limit
 * runs on a worker, because taking from the limiter may wait.  While Redis does not
 * answer, rate_limit.redis_down says whether it is refused or counted here.
 */
#ifndef SERVER_GATE_LIMIT_H
#define SERVER_GATE_LIMIT_H

#include "lib/cache/limiter.h"
#include "server/route.h"

struct config;

/* Makes the limiter that handlers share, in Redis if so configured. */
MUST_USE enum err limit_start(struct server *, struct diag *);
void limit_stop(struct server *);
/* True if a row counts people, who have signed in, more than addresses: others behind
 * the same address cannot use up what somebody has. */
bool limit_is_personal(const struct route *);
/* True if counting this request may wait for another process. */
bool limit_may_wait(const struct exchange *);
/* The rule of a limit, as configured. */
struct limit_rule limit_rule(const struct config *, enum limit);
/* "login", as a label of metrics. */
const char *limit_name(enum limit);
/* Tells the metrics; a wait of 0 is a request that was let through. */
void limit_count(struct exchange *, enum limit, int64_t wait_ms);
/* Milliseconds to wait, or 0 and the request has been counted, or LIMITER_UNKNOWN. */
int64_t limit_take(struct exchange *);
/* The same for a client, whatever address it comes from. */
int64_t limit_take_client(struct exchange *, struct id client);
/* This request turned out not to count: the poll of a known device code, or what we had no
 * time for.  Once for each request. */
void limit_give_back(struct exchange *);

#endif
