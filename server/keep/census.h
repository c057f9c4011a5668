/*
 * The gauges that come out of the database.  The elected node walks the tables,
 * a little in every second, and shows the counts when it has seen all of them:
 * a scrape reads numbers and asks no database.
 */
#ifndef SERVER_KEEP_CENSUS_H
#define SERVER_KEEP_CENSUS_H

#include "server/keep/chore.h"

#include "lib/store/census.h"

/* Of the housekeeping. */
struct census {
	enum census_table table; /* where the walk has come to */
	struct id after;
	int64_t counts[CENSUS_TABLES][CENSUS_COUNTS];
	int64_t next_us; /* when the next walk begins */
	bool shown;
};

/* Goes on with the walk, if one is due. */
enum err census_step(const struct chore_call *);
/* Takes back what a node shows that is not the elected one any more. */
enum err census_forget(const struct chore_call *);

#endif
