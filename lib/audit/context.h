/*
 * struct context: who asks, when, from where, and what there is to work with.
 * The first argument of every rule in lib/account and lib/oauth.  It is made
 * by a face (server/exchange.h, a command) and lives as long as its arena.
 */
#ifndef LIB_AUDIT_CONTEXT_H
#define LIB_AUDIT_CONTEXT_H

#include "lib/base/id.h"
#include "lib/base/lane.h"

struct config;
struct issuer;
struct metrics_shard;
struct store;
struct tally;
struct upstreams;

enum { USER_AGENT_MAX = 256 };

struct context {
	struct arena *arena;
	const struct config *config;
	const struct issuer *issuer; /* signing keys: lib/oauth/issuer.h */
	struct store *store;         /* for reading; changes get their own */
	struct upstreams *upstreams; /* other servers that are asked: lib/signin/upstream.h */
	int64_t now_ms;
	struct metrics_shard *metrics; /* counts at once, or NULL: lib/metrics/metrics.h */
	struct tally *tally;           /* counts when it is known what came of it, or NULL */
	enum lane lane;                /* whose work this thread does */
	enum lane wanted_lane;         /* with ERR_OTHER_LANE */
	int64_t deadline_us;           /* monotonic; after it nobody waits for the answer */
	struct str actor; /* who administers, as the audit trail names it; else empty */
	struct str ip;
	struct str user_agent; /* UTF-8 without control characters, at most USER_AGENT_MAX bytes */
	struct str request_id;
	/* What exactly was wrong with an input, for error_description; a rule
	 * that returns an error may set it, else the sentence of err.def is used.
	 * Never quotes a secret. */
	struct str problem;
};

/* OK on a thread of that lane.  Else ERR_OTHER_LANE, to be passed on: the handler is run again
 * from its beginning, there.  So it comes before anything is counted, taken or written.  Who is
 * to call hashes there as well: it could not be in both. */
static inline MUST_USE enum err
context_needs(struct context *cx, enum lane lane)
{
	cx->wanted_lane = lane;
	if (cx->lane == LANE_CALLER && lane == LANE_HASHER)
		return OK;
	return cx->lane == lane ? OK : ERR_OTHER_LANE;
}

#endif
