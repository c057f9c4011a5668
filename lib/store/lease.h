/*
 * What one node at a time does: rows and statements.
 *
 * A lease has a holder and a beat that the holder moves.  There is no time in
 * it, so that clocks need not agree: who sees the same beat for long enough by
 * its own clock takes the lease, and the statement sees to it that one of
 * several succeeds (server/keep/election.h).
 */
#ifndef LIB_STORE_LEASE_H
#define LIB_STORE_LEASE_H

#include "lib/store/store.h"

struct lease {
	struct id holder;
	int64_t beat;
};

/* ERR_NO_ROW if nobody holds it. */
MUST_USE enum err lease_read(struct store *, struct str name, struct lease *ret);
/* Makes `holder` the holder if the lease is still as it was seen; seen of all
 * zeros is a lease without a row.  ERR_NO_ROW if it is not. */
MUST_USE enum err lease_take(struct store *, struct str name, struct id holder, struct lease seen);
/* The two as changes, that work on a struct lease_bid. */
struct lease_bid {
	struct str name;
	struct id holder;
	struct lease seen;
};
enum err lease_bid_take(struct store *, void *lease_bid);
enum err lease_bid_release(struct store *, void *lease_bid);
/* For the next to have it immediately. */
MUST_USE enum err lease_release(struct store *, struct str name, struct id holder);

#endif
