/*
 * Looks of operators: a console that is open looks every few seconds.  The first look is a row
 * at once, by the backlog; the same again within five minutes (actor, resource, address) is only
 * counted here.  What was counted becomes one row (times=59) when they are over, or when the
 * server ends.
 */
#ifndef LIB_AUDIT_LOOK_H
#define LIB_AUDIT_LOOK_H

#include "lib/audit/backlog.h"

struct audit_looks;

struct audit_looks *audit_looks_new(void);
void audit_looks_free(struct audit_looks *);
/* For audit_backlog_add: notes it there, or counts it here.  False if it could only be counted
 * as lost. */
bool audit_looks_add(struct audit_looks *, struct audit_backlog *, const struct context *,
	const struct audit_record *);
/* Gives the backlog what was counted and has had its minutes; if there will be no other time,
 * everything. */
void audit_looks_ripen(struct audit_looks *, struct audit_backlog *, int64_t now_ms, bool last);

#endif
