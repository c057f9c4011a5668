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
 *
 * Several nodes may share their buckets through Redis (lib/cache/redis.h).  For as
 * long as Redis does not answer, each keeps its own, or nothing can be taken.
 */
#ifndef LIB_CACHE_LIMITER_H
#define LIB_CACHE_LIMITER_H

#include "lib/base/secret.h"

struct limiter;
struct redis;
struct redis_script;

struct limit_rule {
	int64_t period_ms; /* one event per period in the long run; 0 or less: no limit */
	int64_t burst;     /* events that may come at once, at least 1 */
};

/*
 * What a bucket is for: the same key under another kind is another bucket.  The
 * requests to a route count under its enum limit (server/route.h), all below 0x100.
 * Nodes of two versions may share a Redis: a number keeps its meaning.
 */
enum limiter_kind {
	LIMITER_DEVICE_POLL = 0x100,
	LIMITER_WRONG_CODE = 0x101,     /* user codes, of one person */
	LIMITER_WRONG_CODES = 0x102,    /* of everybody */
	LIMITER_WRONG_PASSWORD = 0x103, /* when changing it */
	LIMITER_LOGIN_NETWORK = 0x110,  /* and one for each stair of lib/account/login_pace.c */
	LIMITER_LOGIN_BROWSER = 0x120,  /* the same */
	LIMITER_LOGIN_NAME = 0x130,
	LIMITER_KNOWN_BROWSER = 0x140,
	LIMITER_KNOWN_BROWSERS = 0x141, /* behind one address */
	LIMITER_DEVICE_VERIFY = 0x142,  /* of one person, and of LIMIT_DEVICE_VERIFY */
	/* Of user codes, as lib/oauth/code_pace.h has it: */
	LIMITER_WRONG_CODE_SHARE = 0x150,
	LIMITER_WRONG_CODE_NETWORK = 0x151,
	LIMITER_WRONG_CODE_AROUND = 0x152,
	LIMITER_METRICS_TOKEN = 0x160, /* wrong ones at /metrics, from one address */
	LIMITER_SITE = 0x200,          /* and an enum limit: requests from a /48 */
};

struct limit_bucket {
	unsigned kind;
	struct str key;
	struct limit_rule rule;
};

enum { LIMITER_BUCKETS_MAX = 8 };

/* What a take says that could not be counted: the buckets are in Redis, Redis does not
 * answer, and nobody counts in its place. */
enum { LIMITER_UNKNOWN = -1 };

/* The script that redis_start is to be given for a limiter. */
extern const struct redis_script limiter_script;

/* capacity: keys remembered at most. */
struct limiter *limiter_new(size_t capacity);
void limiter_free(struct limiter *);
/* From now on the buckets are in Redis.  The key, at least 16 bytes, is common to
 * all nodes; without it nobody learns from Redis whose buckets they are.  Before
 * threads start; from then on taking may wait, as long as redis_start was told. */
void limiter_share(
	struct limiter *, struct redis *, const struct secret *key, bool alone_meanwhile);
/* Takes one event out of the bucket of (kind, key): 0 if it was there, else
 * the milliseconds until one will be, and nothing is taken; or LIMITER_UNKNOWN.
 * Redis goes by its own clock instead of now_ms. */
int64_t limiter_take(
	struct limiter *, unsigned kind, struct str key, struct limit_rule, int64_t now_ms);
/* Puts one event back: it turned out not to count. */
void limiter_give_back(struct limiter *, unsigned kind, struct str key, struct limit_rule);
/* The same with several buckets, LIMITER_BUCKETS_MAX at most: out of all of them,
 * or out of none and the longest wait. */
int64_t limiter_take_all(
	struct limiter *, const struct limit_bucket *, size_t count, int64_t now_ms);
void limiter_give_all_back(struct limiter *, const struct limit_bucket *, size_t count);

#endif
