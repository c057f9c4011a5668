/*
 * Whether the server can do its work.  Probes cost nothing: the writer says after
 * every group whether the database took it, server/keep/watch.c makes it try when nobody
 * else does, and a probe (server/keep/probes.c) only reads what they said.
 */
#ifndef SERVER_HEALTH_H
#define SERVER_HEALTH_H

#include "lib/store/store.h"

#include <stdatomic.h>

/* What has to be well, each with a reason in words if it is not, else NULL. */
enum health_part {
	HEALTH_DATABASE, /* takes changes */
	HEALTH_WRITER,   /* comes to them in time */
	HEALTH_SCHEMA,   /* has this program's newest migration */
	HEALTH_KEYS,     /* can be used */
	HEALTH_LIMITS,   /* can be counted */
	HEALTH_COUNT
};

struct health {
	_Atomic(const char *) reasons[HEALTH_COUNT]; /* string literals */
	atomic_uint groups;                          /* that the writer has finished */
};

/* By the writer after a group: e is the error of one that failed, or OK. */
void health_note_group(struct health *, struct store *, uint64_t writes_before, enum err e);
/* Sets the reason, a literal, NULL for none; logs what is new. Any thread. */
void health_set(struct health *, enum health_part, const char *why, const char *detail);
/* The first reason, or NULL. */
const char *health_reason(struct health *);

#endif
