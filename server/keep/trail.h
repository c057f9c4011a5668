/*
 * The audit trail, where no change writes it: what was refused, what operators
 * looked at, and the signing of its ends.
 */
#ifndef SERVER_KEEP_TRAIL_H
#define SERVER_KEEP_TRAIL_H

#include "lib/audit/look.h"
#include "lib/audit/ring.h"
#include "lib/config/config.h"
#include "server/exchange.h"

struct chore_call;

/* Of a server. */
struct trail {
	struct audit_backlog *backlog;
	struct audit_looks *looks;
	int64_t chain, seq; /* the last head that was anchored */
};

struct trail *trail_new(void);
void trail_free(struct trail *);
/* Notes what a reply refuses, or shows to an operator; for every reply, on its loop. */
void trail_note_reply(struct exchange *);
/* Notes that a client looked at a token of another, as it may (introspect_all). */
void trail_note_introspection(struct exchange *, struct id client, struct id other);
/* The keys that can prove the trail under this configuration. */
MUST_USE enum err trail_ring_open(
	const struct config *, struct store *, struct arena *, struct audit_ring *ret);
/* Whether a row that a stranger's request causes is worth its room in the trail; if not it
 * is counted: lib/audit/backlog.h. */
bool trail_pays(struct exchange *, const struct audit_record *);
/* Chores: writes what has been noted; signs the end of our chain, and anchors it. */
enum err trail_write_notes(const struct chore_call *);
enum err trail_sign(const struct chore_call *);
/* Signs what a crash left; notes that the server begins. */
void trail_begin(struct server *);
/* The same two once more, when the loops and the workers are still and the writer is not. */
void trail_end(struct server *);

#endif
