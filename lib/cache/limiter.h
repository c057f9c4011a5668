/*
 * struct limiter: how soon may this key come again?  One bounded table in
 * memory carries the rate limits of routes, the pacing of device polls and the
 * budget of wrong user codes.
 *
 * Each key has a token bucket, kept as one instant (GCRA): the time at which
 * the bucket would be full again.  A key not seen for as long as its bucket
 * takes to fill is forgotten, so the table holds only keys that matter; when
 * it is full all the same, the entry nearest to being forgotten makes way.
 * Thread-safe; sharded, so that loops do not wait for one another.
 */
#ifndef LIB_CACHE_LIMITER_H
#define LIB_CACHE_LIMITER_H

#include "lib/base/str.h"

struct limiter;

struct limit_rule {
	int64_t period_ms; /* one event per period in the long run; 0 or less: no limit */
	int64_t burst;     /* events that may come at once, at least 1 */
};

/* capacity: keys remembered at most. */
struct limiter *limiter_new(size_t capacity);
void limiter_free(struct limiter *);
/* Takes one event out of the bucket of (kind, key): 0 if it was there, else
 * the milliseconds until one will be, and nothing is taken. */
int64_t limiter_take(
	struct limiter *, unsigned kind, struct str key, struct limit_rule, int64_t now_ms);
/* Puts one event back: it turned out not to count. */
void limiter_give_back(struct limiter *, unsigned kind, struct str key, struct limit_rule);

#endif
