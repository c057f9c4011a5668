/*
 * struct tally: what a request will count as.  Notes are taken while it runs and
 * counted once, when it is known what came of it: a token is issued when its row
 * has been committed and not before.  A handler that is run again takes its notes
 * again; a change may be run again too, so a note that is there already takes the
 * place of the first.
 */
#ifndef LIB_METRICS_TALLY_H
#define LIB_METRICS_TALLY_H

#include "lib/metrics/metrics.h"

enum tally_outcome {
	TALLY_DONE,    /* the change, if there was one, is committed, and the answer says yes */
	TALLY_REFUSED, /* the same, and the answer says no */
	TALLY_FAILED,  /* nothing happened */
	TALLY_OUTCOMES
};

enum { TALLY_MAX = 12 };

struct tally {
	size_t count;
	struct tally_note {
		enum metric metric;
		int16_t series[TALLY_OUTCOMES]; /* -1: not counted */
		int64_t value;                  /* how many; of a histogram, what is observed */
	} notes[TALLY_MAX];
};

/* All take a NULL tally: nobody counts. */

/* Counts if it is done. */
void tally_done(struct tally *, enum metric, size_t series);
/* The same for a histogram. */
void tally_observe(struct tally *, enum metric, size_t series, int64_t value);
/* Counts n if the change was committed, whatever the answer says. */
void tally_kept(struct tally *, enum metric, size_t series, int64_t n);
/* Counts if it is refused. */
void tally_refused(struct tally *, enum metric, size_t series);
/* Counts as one series or the other. */
void tally_either(struct tally *, enum metric, size_t done, size_t otherwise);

void tally_count(const struct tally *, enum tally_outcome, struct metrics_shard *);

#endif
