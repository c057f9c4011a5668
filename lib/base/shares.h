/*
 * struct shares: who holds how many of a limited number of places, so that nobody who
 * can come from anywhere, with any number of names, takes all of them.
 *
 * A party is counted at up to three levels, from narrow to wide: an address, its network,
 * the network of that.  What a count means is for the owner of the places to say: a queue
 * (pool.h) lets those wait longer who hold many, a table of connections refuses them.
 *
 * Not thread-safe: the places have a lock already.
 */
#ifndef LIB_BASE_SHARES_H
#define LIB_BASE_SHARES_H

#include "lib/base/err.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SHARES_LEVELS = 3 };

struct ipaddr;
struct shares;

/* 0: not counted at that level. */
struct party {
	uint64_t levels[SHARES_LEVELS];
};

/* IPv6: /64, /48, /32.  IPv4: the address, /24, /16.  Nobody, if it is unknown. */
struct party party_of_address(struct ipaddr);

/* places: how many parties hold one at most. */
struct shares *shares_new(size_t places);
void shares_free(struct shares *);
/* One more is held, at every level. */
void shares_take(struct shares *, const struct party *);
/* What shares_take has taken. */
void shares_give_back(struct shares *, const struct party *);
size_t shares_held(const struct shares *, const struct party *, size_t level);
/* The mean over the levels: who shares only a wide network with one that holds many holds
 * few, but more than a stranger to it. */
size_t shares_mean(const struct shares *, const struct party *);

#endif
