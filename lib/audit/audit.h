/*
 * The audit trail: who did what to what, when, from where.
 *
 * A row that records a change is written by audit_write inside that change's
 * own transaction: both are there or neither.  What changes nothing waits in a
 * backlog.  Text from outside is cut to its column and stripped of what does
 * not show as what it is; secrets have no way in, since callers pass ids and
 * names only, and a name only of somebody who is known: people type passwords
 * where names belong.
 */
#ifndef LIB_AUDIT_AUDIT_H
#define LIB_AUDIT_AUDIT_H

#include "lib/audit/context.h"
#include "lib/store/store.h"

enum { AUDIT_AGENT_MAX = 256 };

enum audit_severity { AUDIT_INFO, AUDIT_WARNING, AUDIT_ERROR, AUDIT_CRITICAL };

enum audit_event {
#define AUDIT(name, wire, severity, sentence) AUDIT_EVENT_##name,
#include "lib/audit/events.def"
#undef AUDIT
	AUDIT_EVENT_COUNT
};

const char *audit_event_name(enum audit_event);
enum audit_severity audit_event_severity(enum audit_event);
const char *audit_event_sentence(enum audit_event);
/* "info", "warning", "error", "critical", by wire name; "" for what another version wrote. */
const char *audit_severity_of(struct str event);

/* Who acts: "user:<name>", "client:<id>", and for people not known,
 * "anonymous"; "system" for the server itself. */
struct str audit_actor_user(struct arena *, struct str username);
struct str audit_actor_client(struct arena *, struct id client);
#define AUDIT_SYSTEM    STR("system")
#define AUDIT_ANONYMOUS STR("anonymous")

/* The key of the chains (lib/store/audit_chain.h), which everybody who writes must have. */
void audit_key(struct str session_secret, struct secret *ret);

/* What happened, apart from the circumstances that struct context knows. */
struct audit_record {
	enum audit_event event;
	struct str actor;
	struct str target; /* "client:<id>", "user:<name>", "device:<id>", ... */
	struct str detail; /* key=value, separated by spaces */
};

/* Writes one row. s is the store of the running transaction. */
MUST_USE enum err audit_write(struct store *s, const struct context *, const struct audit_record *);
/* The same as a change of its own, for what has no other change: its argument
 * is a struct audit_change. */
struct audit_change {
	const struct context *cx;
	struct audit_record record;
};
enum err audit_write_change(struct store *, void *audit_change);

#endif
