/*
 * Rows of the audit log, each linked to the one before: audit_chain.h.  lib/audit
 * decides what is written.
 */
#ifndef LIB_STORE_AUDIT_LOG_H
#define LIB_STORE_AUDIT_LOG_H

#include "lib/store/store.h"

struct audit_row {
	struct id id;
	int64_t chain;
	int64_t seq; /* its place in the chain, from 1 */
	struct str event;
	struct str actor;
	struct str target;
	struct str detail;
	struct str request_id;
	struct str ip;
	struct str user_agent;
	int64_t at_ms;
	struct digest hash;
};

/* Within a transaction, which it may begin a chain in.  Sets chain, seq and hash. */
MUST_USE enum err audit_log_insert(struct store *, struct arena *, struct audit_row *);
/* Those that an operator asks for, newest first; empty texts ask for nothing.
 * Looks at AUDIT_LOOK_MAX rows at most, so there may be more than it found, even
 * if that is nothing: *ret_next is what to put into `before`, or zero at the end. */
enum { AUDIT_LOOK_MAX = 20000 };
struct audit_query {
	struct id before; /* all ones: from the newest */
	int64_t since_ms;
	struct str event;
	struct str actor;
	struct str target;
	size_t limit;
};
MUST_USE enum err audit_log_find(struct store *, struct arena *, const struct audit_query *,
	struct audit_row *list, size_t *ret_count, struct id *ret_next);
/* A chain in its order, the rows behind that number. */
MUST_USE enum err audit_log_chain(struct store *, struct arena *, int64_t chain, int64_t after,
	struct audit_row *list, size_t limit, size_t *ret_count);
/* How often each event happened since then. */
struct audit_count {
	struct str event;
	int64_t count;
};
MUST_USE enum err audit_log_stats(struct store *, struct arena *, int64_t since_ms,
	struct audit_count *list, size_t limit, size_t *ret_count);
/* How far each chain is among the `look` oldest rows, if they are older than
 * that. */
struct audit_expired {
	int64_t chain;
	int64_t seq;
};
MUST_USE enum err audit_log_expired(struct store *, struct arena *, int64_t before_ms, int64_t look,
	struct audit_expired *list, size_t limit, size_t *ret_count);
/* False for the events that happen all day long: those that the index audit_log_by_event and the
 * two statements for the others leave out. */
bool audit_log_has_index(struct str event);

#endif
