/*
 * Verifying the audit trail: lib/store/audit_chain.h says what can be seen.
 *
 * Goes through all chains in the order of their numbers, a bounded number of
 * rows per call and a page of them in memory, while others write and retention
 * cuts.  What is found first ends it.
 *
 *	struct audit_cursor cursor = AUDIT_CURSOR_BEGIN;
 *	do
 *		e = audit_verify(&ring, store, &cursor, 20000, &verdict);
 *	while (!e && !verdict.fault && !verdict.done);
 */
#ifndef LIB_AUDIT_VERIFY_H
#define LIB_AUDIT_VERIFY_H

#include "lib/audit/ring.h"

/* Behind which row we are. */
struct audit_cursor {
	int64_t chain; /* -1 at the beginning */
	int64_t seq;   /* -1: the whole chain is behind us */
	struct digest hash;
};
#define AUDIT_CURSOR_BEGIN ((struct audit_cursor){.chain = -1, .seq = -1})

enum audit_fault {
	AUDIT_INTACT,
	AUDIT_TRAIL_REPLACED, /* there is no trail, or another than when the keys were made */
	AUDIT_KEY_FORGED,     /* what remembers its beginning was edited */
	AUDIT_LIST_FORGED,    /* the list of chains is not as we signed it */
	AUDIT_CHAIN_FORGED,   /* nor the record of a chain */
	AUDIT_CHAIN_REMOVED,  /* a whole chain is missing */
	AUDIT_CHAIN_ADDED,    /* there are rows of a chain that never was */
	AUDIT_ROW_FORGED,     /* a row was edited, moved or put in */
	AUDIT_ROWS_REMOVED,   /* rows are missing, seq to last */
	AUDIT_FAULT_COUNT
};

struct audit_verdict {
	enum audit_fault fault;
	int64_t chain;
	int64_t seq, last; /* which rows, if it is about rows */
	struct id id;      /* of a row that is there */
	int64_t rows;      /* looked at by this call */
	bool done;
};

MUST_USE enum err audit_verify(const struct audit_ring *, struct store *, struct audit_cursor *,
	int64_t rows_max, struct audit_verdict *ret);
/* Whether the trail is the one that began then: lib/oauth/keys.h remembers it. */
MUST_USE enum err audit_verify_beginning(
	struct store *, struct arena *, int64_t began_ms, struct audit_verdict *ret);
/* One sentence that names what was found. */
struct str audit_verdict_text(struct arena *, const struct audit_verdict *);
/* "row_forged", for programs. */
const char *audit_fault_name(enum audit_fault);

/* As a word for the next request: "3.120.<hash>". */
struct str audit_cursor_text(struct arena *, const struct audit_cursor *);
MUST_USE enum err audit_cursor_parse(struct str, struct audit_cursor *ret);

#endif
