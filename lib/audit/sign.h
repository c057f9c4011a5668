/*
 * Heads and floors of the audit chains: lib/store/audit_chain.h.
 *
 * What is signed once stays provable: a head written down elsewhere (an
 * anchor) shows later that rows up to it are missing even if the database was
 * replaced by an older copy.
 */
#ifndef LIB_AUDIT_SIGN_H
#define LIB_AUDIT_SIGN_H

#include "lib/audit/ring.h"

/* One change signs this many chains at most; the rest wait for the next. */
enum { AUDIT_SIGN_MAX = 64 };

struct audit_signing {
	int64_t now_ms;
	bool all;      /* other chains too: what a crash or another node left unsigned */
	int64_t after; /* in: all of them behind this one; out: where to go on */
	bool more;
	struct arena *arena;
	struct audit_chain heads[AUDIT_SIGN_MAX]; /* the new ones, and our own in any case */
	size_t count;
};
/* A change: signs the end of this connection's own chain as it remembers it, so
 * that what is cut off behind its back shows; of others only ends that are
 * genuine.  A chain that is a day old ends here. */
enum err audit_sign(struct store *, void *audit_signing);

/* A change: deletes the oldest rows, about `limit` of them, if they are older
 * than that, and forgets chains of which nothing is left.  A row that is not
 * genuine, whose age therefore proves nothing, keeps what is behind it. */
struct audit_retention {
	int64_t before_ms;
	int64_t limit;
	struct arena *arena;
	const struct audit_ring *ring;
	int64_t deleted;
};
enum err audit_retain(struct store *, void *audit_retention);

/* A head as a word: "audit-head/1/<chain>/<seq>/<at_ms>/<hash>/<mac>". */
struct str audit_anchor_text(struct arena *, const struct audit_chain *head);
/* The first such word in a line of any form; ERR_MALFORMED if there is none. */
MUST_USE enum err audit_anchor_parse(struct str line, struct audit_chain *ret);
/* What the trail has where the anchor says; OK if that, or if retention has
 * removed it.  ERR_NOT_GENUINE if the trail is another, ERR_INVALID_TOKEN if the
 * anchor itself is not ours. */
MUST_USE enum err audit_anchor_check(
	const struct audit_ring *, struct store *, struct arena *, const struct audit_chain *head);

#endif
