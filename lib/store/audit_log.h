/* Rows of the audit log.  lib/audit decides what is written. */
#ifndef LIB_STORE_AUDIT_LOG_H
#define LIB_STORE_AUDIT_LOG_H

#include "lib/store/store.h"

struct audit_row {
	struct id id;
	struct str event;
	struct str actor;
	struct str target;
	struct str detail;
	struct str request_id;
	struct str ip;
	struct str user_agent;
	int64_t at_ms;
};

MUST_USE enum err audit_log_insert(struct store *, const struct audit_row *);
/* The rows before this id, newest first; at most limit into list.  An id of
 * all ones starts at the end. */
MUST_USE enum err audit_log_list(struct store *, struct arena *, struct id before,
	struct audit_row *list, size_t limit, size_t *ret_count);
/* Those that an operator asks for, newest first; empty texts ask for nothing. */
struct audit_query {
	struct id before; /* all ones: from the newest */
	int64_t since_ms;
	struct str event;
	struct str actor;
	struct str target;
	size_t limit;
};
MUST_USE enum err audit_log_find(struct store *, struct arena *, const struct audit_query *,
	struct audit_row *list, size_t *ret_count);
/* How often each event happened since then. */
struct audit_count {
	struct str event;
	int64_t count;
};
MUST_USE enum err audit_log_stats(struct store *, struct arena *, int64_t since_ms,
	struct audit_count *list, size_t limit, size_t *ret_count);
/* Deletes at most limit rows older than that, the oldest first. */
MUST_USE enum err audit_log_purge(
	struct store *, int64_t before_ms, int64_t limit, int64_t *ret_deleted);

#endif
