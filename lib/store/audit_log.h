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

#endif
