/* The audit trail under another SESSION_SECRET: lib/audit/ring.h. */
#ifndef LIB_AUDIT_RESEAL_H
#define LIB_AUDIT_RESEAL_H

#include "lib/store/audit_chain.h"

struct audit_reseal {
	struct arena *arena;
	struct str session_secret;
	struct str previous;
	int64_t now_ms;
};
/* Part of a change.  Signs the ends of all chains anew that are signed with the key of the
 * secret before, and keeps that key for their rows.  What is not genuine stays as it is. */
MUST_USE enum err audit_reseal(struct store *, const struct audit_reseal *);

/* Part of a change that has written a row: when the trail began.  One from a version that
 * did not remember it begins now. */
MUST_USE enum err audit_trail_began(
	struct store *, struct arena *, int64_t now_ms, int64_t *ret_ms);

#endif
