/*
 * Sets of sixteen entries: a key belongs to one set, so that finding it,
 * storing it and choosing what makes way look at sixteen instants and no more,
 * however many addresses an attacker has.  Entries hold a keyed 128-bit digest
 * (SipHash-2-4-128) instead of the key: fixed memory, and nobody outside can
 * choose keys that collide.
 */
#include "lib/cache/limiter.h"

#include "lib/cache/limiter_private.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

enum { WAYS = 16, LOCKS = 64 };

/* Bounds that keep period_ms * burst exact in 64 bits, and in the floating point
 * numbers of Lua: a year, a million. */
static const int64_t period_max_ms = 366LL * 86400000;
static const int64_t burst_max = 1000000;

struct entry {
	struct limiter_digest key;
	int64_t full_at_ms; /* when the bucket is full again; 0 is a free entry */
};

struct lock {
	pthread_mutex_t mutex;
	char apart[128 - sizeof(pthread_mutex_t)]; /* no two in one cache line */
};

struct limiter {
	struct lock locks[LOCKS];
	uint64_t secret[2];
	size_t sets;
	size_t ways;
	struct entry *entries;
	struct redis *redis;  /* NULL: this process counts alone */
	bool alone_meanwhile; /* so it does while Redis does not answer */
};

static uint64_t
rotate(uint64_t x, unsigned by)
{
	return x << by | x >> (64 - by);
}

static void
sip_rounds(uint64_t v[4], int rounds)
{
	while (rounds-- > 0) {
		v[0] += v[1];
		v[2] += v[3];
		v[1] = rotate(v[1], 13) ^ v[0];
		v[3] = rotate(v[3], 16) ^ v[2];
		v[0] = rotate(v[0], 32);
		v[2] += v[1];
		v[0] += v[3];
		v[1] = rotate(v[1], 17) ^ v[2];
		v[3] = rotate(v[3], 21) ^ v[0];
		v[2] = rotate(v[2], 32);
	}
}

static void
sip_word(uint64_t v[4], uint64_t word)
{
	v[3] ^= word;
	sip_rounds(v, 2);
	v[0] ^= word;
}

static struct limiter_digest
digest_of(const uint64_t secret[2], unsigned kind, struct str key)
{
	uint64_t v[4] = {secret[0] ^ 0x736f6d6570736575u, secret[1] ^ 0x646f72616e646f6du ^ 0xee,
		secret[0] ^ 0x6c7967656e657261u, secret[1] ^ 0x7465646279746573u};
	struct limiter_digest digest;
	uint64_t word;
	size_t at = 0;

	sip_word(v, kind);
	for (; key.n - at >= 8; at += 8) {
		memcpy(&word, key.p + at, 8);
		sip_word(v, word);
	}
	word = 0;
	if (key.n > at)
		memcpy(&word, key.p + at, key.n - at);
	sip_word(v, word | (uint64_t)key.n << 56);
	v[2] ^= 0xee;
	sip_rounds(v, 4);
	digest.low = v[0] ^ v[1] ^ v[2] ^ v[3];
	v[1] ^= 0xdd;
	sip_rounds(v, 4);
	digest.high = v[0] ^ v[1] ^ v[2] ^ v[3];
	return digest;
}

struct limiter *
limiter_new(size_t capacity)
{
	struct limiter *l = xcalloc(1, sizeof *l);

	if (getrandom(l->secret, sizeof l->secret, 0) != (ssize_t)sizeof l->secret)
		abort();
	l->ways = capacity < WAYS ? (capacity ? capacity : 1) : WAYS;
	l->sets = capacity < WAYS ? 1 : capacity / WAYS;
	l->entries = xcalloc(l->sets * l->ways, sizeof l->entries[0]);
	for (size_t i = 0; i < LOCKS; i++)
		(void)pthread_mutex_init(&l->locks[i].mutex, NULL);
	return l;
}

void
limiter_free(struct limiter *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < LOCKS; i++)
		(void)pthread_mutex_destroy(&l->locks[i].mutex);
	free(l->entries);
	free(l);
}

static struct entry *
find(struct entry *set, size_t ways, struct limiter_digest key)
{
	for (size_t i = 0; i < ways; i++)
		if (set[i].key.low == key.low && set[i].key.high == key.high && set[i].full_at_ms)
			return &set[i];
	return NULL;
}

/* A free entry, or the one nearest to being forgotten: both have the least
 * full_at_ms. */
static struct entry *
make_way(struct entry *set, size_t ways)
{
	struct entry *least = set;

	for (size_t i = 1; i < ways; i++)
		if (set[i].full_at_ms < least->full_at_ms)
			least = &set[i];
	return least;
}

static struct limit_rule
within_bounds(struct limit_rule r)
{
	if (r.period_ms > period_max_ms)
		r.period_ms = period_max_ms;
	if (r.burst > burst_max)
		r.burst = burst_max;
	if (r.burst < 1)
		r.burst = 1;
	return r;
}

/* GCRA: an event moves full_at by one period, and full_at may be at most one
 * whole bucket ahead of now.  A clock set back, or a rule made stricter, leaves
 * entries further ahead than that: they count as an empty bucket, no worse. */
static int64_t
take(struct entry *set, size_t ways, struct limiter_digest key, struct limit_rule r, int64_t now_ms)
{
	struct entry *entry = find(set, ways, key);
	int64_t bucket_ms = r.period_ms * r.burst;
	int64_t full_at = entry ? entry->full_at_ms : now_ms;

	if (full_at < now_ms)
		full_at = now_ms;
	if (full_at > now_ms + bucket_ms)
		full_at = now_ms + bucket_ms;
	if (entry)
		entry->full_at_ms = full_at;
	if (full_at + r.period_ms > now_ms + bucket_ms)
		return full_at + r.period_ms - now_ms - bucket_ms;
	if (!entry)
		entry = make_way(set, ways);
	*entry = (struct entry){.key = key, .full_at_ms = full_at + r.period_ms};
	return 0;
}

/* One lock at a time, so that no order of them can be wrong. */
static int64_t
take_from_memory(
	struct limiter *l, struct limiter_digest digest, struct limit_rule rule, int64_t now_ms)
{
	size_t set = digest.low % l->sets;
	pthread_mutex_t *mutex = &l->locks[set % LOCKS].mutex;
	int64_t wait_ms;

	(void)pthread_mutex_lock(mutex);
	wait_ms = take(l->entries + set * l->ways, l->ways, digest, rule, now_ms);
	(void)pthread_mutex_unlock(mutex);
	return wait_ms;
}

static void
give_back_to_memory(struct limiter *l, struct limiter_digest digest, struct limit_rule rule)
{
	size_t set = digest.low % l->sets;
	pthread_mutex_t *mutex = &l->locks[set % LOCKS].mutex;
	struct entry *entry;

	(void)pthread_mutex_lock(mutex);
	entry = find(l->entries + set * l->ways, l->ways, digest);
	if (entry)
		entry->full_at_ms -= rule.period_ms;
	(void)pthread_mutex_unlock(mutex);
}

/* What a refusal leaves in the buckets before it is given back. */
static int64_t
take_all_from_memory(
	struct limiter *l, const struct limiter_slot *slots, size_t count, int64_t now_ms)
{
	int64_t longest_ms = 0;
	bool taken[LIMITER_BUCKETS_MAX];

	for (size_t i = 0; i < count; i++) {
		int64_t wait_ms = take_from_memory(l, slots[i].digest, slots[i].rule, now_ms);

		taken[i] = !wait_ms;
		longest_ms = wait_ms > longest_ms ? wait_ms : longest_ms;
	}
	for (size_t i = 0; longest_ms && i < count; i++)
		if (taken[i])
			give_back_to_memory(l, slots[i].digest, slots[i].rule);
	return longest_ms;
}

/* The buckets that limit anything; returns how many. */
static size_t
find_slots(const struct limiter *l, const struct limit_bucket *buckets, size_t count,
	struct limiter_slot slots[static LIMITER_BUCKETS_MAX])
{
	size_t n = 0;

	assert(count <= LIMITER_BUCKETS_MAX);
	for (size_t i = 0; i < count; i++)
		if (buckets[i].rule.period_ms > 0)
			slots[n++] = (struct limiter_slot){
				.digest = digest_of(l->secret, buckets[i].kind, buckets[i].key),
				.rule = within_bounds(buckets[i].rule),
			};
	return n;
}

void
limiter_share(
	struct limiter *l, struct redis *redis, const struct secret *key, bool alone_meanwhile)
{
	assert(key->n >= sizeof l->secret);
	memcpy(l->secret, key->p, sizeof l->secret);
	l->redis = redis;
	l->alone_meanwhile = alone_meanwhile;
}

int64_t
limiter_take_all(
	struct limiter *l, const struct limit_bucket *buckets, size_t count, int64_t now_ms)
{
	struct limiter_slot slots[LIMITER_BUCKETS_MAX];
	size_t n = find_slots(l, buckets, count, slots);
	int64_t wait_ms;

	if (l->redis && n && !limiter_redis_take(l->redis, slots, n, &wait_ms))
		return wait_ms;
	if (l->redis && n && !l->alone_meanwhile)
		return LIMITER_UNKNOWN;
	return take_all_from_memory(l, slots, n, now_ms);
}

void
limiter_give_all_back(struct limiter *l, const struct limit_bucket *buckets, size_t count)
{
	struct limiter_slot slots[LIMITER_BUCKETS_MAX];
	size_t n = find_slots(l, buckets, count, slots);

	if (l->redis && n && (!limiter_redis_give_back(l->redis, slots, n) || !l->alone_meanwhile))
		return;
	for (size_t i = 0; i < n; i++)
		give_back_to_memory(l, slots[i].digest, slots[i].rule);
}

int64_t
limiter_take(
	struct limiter *l, unsigned kind, struct str key, struct limit_rule rule, int64_t now_ms)
{
	return limiter_take_all(l, &(struct limit_bucket){kind, key, rule}, 1, now_ms);
}

void
limiter_give_back(struct limiter *l, unsigned kind, struct str key, struct limit_rule rule)
{
	limiter_give_all_back(l, &(struct limit_bucket){kind, key, rule}, 1);
}
