/*
 * How much there is: for gauges, not for rules.  Tables are walked in slices by
 * their keys, so that no statement and no transaction takes long, however large
 * a table is.
 */
#ifndef LIB_STORE_CENSUS_H
#define LIB_STORE_CENSUS_H

#include "lib/store/store.h"

enum census_table {
	CENSUS_DEVICE_CODES,   /* neither expired nor redeemed or denied; of those, pending */
	CENSUS_ACCESS_TOKENS,  /* neither expired nor revoked, as such or with others */
	CENSUS_REFRESH_TOKENS, /* the same, and not used up */
	CENSUS_SESSIONS,       /* neither expired nor idle for too long */
	CENSUS_TABLES
};

enum { CENSUS_COUNTS = 2 };

struct census_query {
	enum census_table table;
	struct id after; /* zero: from the beginning */
	int64_t rows;    /* at most */
	int64_t now_ms;
	int64_t seen_after_ms; /* of sessions: the oldest use that still counts */
};

struct census_slice {
	int64_t rows; /* fewer than asked for: the table has ended */
	struct id last;
	int64_t counts[CENSUS_COUNTS];
};

MUST_USE enum err census_count(
	struct store *, const struct census_query *, struct census_slice *ret);

#endif
