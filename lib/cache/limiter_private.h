/*
 * What limiter.c and limiter_redis.c share: buckets by their digests.
 */
#ifndef LIB_CACHE_LIMITER_PRIVATE_H
#define LIB_CACHE_LIMITER_PRIVATE_H

#include "lib/cache/limiter.h"

struct limiter_digest {
	uint64_t low, high;
};

struct limiter_slot {
	struct limiter_digest digest;
	struct limit_rule rule; /* within bounds */
};

/* ERR_UNAVAILABLE if Redis does not answer. */
MUST_USE enum err limiter_redis_take(
	struct redis *, const struct limiter_slot *, size_t count, int64_t *ret_wait_ms);
MUST_USE enum err limiter_redis_give_back(
	struct redis *, const struct limiter_slot *, size_t count);

#endif
