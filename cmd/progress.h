/*
 * One line on a terminal that says how far something long is: how many, how fast, how long it
 * will take.  Where standard error is no terminal there is nothing of it.
 */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include "lib/base/str.h"

struct progress {
	bool is_shown; /* standard error is a terminal whose line can be redrawn */
	bool is_drawn; /* the line is there, without its end */
	int columns;
	const char *verb; /* "exported" */
	const char *unit; /* "rows" */
	int64_t started_ms, drawn_ms;
};

void progress_begin(struct progress *, const char *verb, const char *unit);
/* total 0: not known.  more: what else is to be said, or empty. */
void progress_step(struct progress *, int64_t done, int64_t total, struct str more);
/* Takes the line away; may be called twice. */
void progress_end(struct progress *);

#endif
