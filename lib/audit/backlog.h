/*
 * What happened without a change: refusals, looks.  Noted by any thread in a
 * bounded list, without waiting for the database, and written from there in one
 * change by whoever has the time.
 *
 * The same thing again before it is written makes no second row but counts
 * (times=3), so that whoever is refused a thousand times a second does not fill
 * the trail.  Nor does who makes every time look different: each source, a known
 * actor or the network of a stranger (the address, for IPv6 its /48), has a share,
 * and what is above it becomes one row for each event (folded=970).  When the list is
 * full, who has most gives way to who has less.
 *
 * A flood that goes on for days does not fill the disk either.  A refusal needs a row
 * that its source can pay for, a thousand and then one a minute, and all strangers
 * together ten thousand and then one in two seconds.  What nobody pays for is counted,
 * and once a minute there is a row for each event that says how often.
 *
 * Only what comes from a source for which there is no room at all is lost; that is
 * counted, and the count becomes a row.
 */
#ifndef LIB_AUDIT_BACKLOG_H
#define LIB_AUDIT_BACKLOG_H

#include "lib/audit/audit.h"

struct audit_backlog;

/* max: of notes, and of sources; share: of the notes of one source. */
struct audit_backlog *audit_backlog_new(size_t max, size_t share);
void audit_backlog_free(struct audit_backlog *);
/* Copies all it needs; false if it could only be counted as lost. */
bool audit_backlog_add(struct audit_backlog *, const struct context *, const struct audit_record *);
/* The same for what was counted elsewhere, in the metrics too (look.h). */
bool audit_backlog_add_times(
	struct audit_backlog *, const struct context *, const struct audit_record *, int64_t times);
/* For a row that a stranger's request writes in a change of its own: true if it is paid
 * for; else it is counted here, and the change leaves it out. */
bool audit_backlog_pay(struct audit_backlog *, const struct context *, const struct audit_record *);
/* A change: writes what waits, and keeps it if that fails.  `taken` says
 * whether there was anything. audit_backlog_settle after its COMMIT or its failure. */
struct audit_flush {
	struct audit_backlog *backlog;
	struct arena *arena;
	int64_t now_ms;
	struct audit_notes *taken; /* NULL before the first run */
	bool last;                 /* there will be no other */
};
bool audit_backlog_is_empty(struct audit_backlog *);
enum err audit_backlog_write(struct store *, void *audit_flush);
void audit_backlog_settle(struct audit_flush *, enum err);

#endif
