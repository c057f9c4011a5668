/*
 * Requests per minute and address, for the rows that name an enum limit.
 * IPv6 counts by /64: one household has 2^64 addresses.
 */
#ifndef SERVER_LIMIT_H
#define SERVER_LIMIT_H

#include "lib/cache/limiter.h"
#include "server/route.h"

struct config;

/* The rule of a limit, as configured. */
struct limit_rule limit_rule(const struct config *, enum limit);
/* Milliseconds to wait, or 0 and the request has been counted. */
int64_t limit_take(struct exchange *);
/* This request turned out not to count: the poll of a known device code. */
void limit_give_back(struct exchange *);

#endif
