/*
 * The keys that can prove the audit trail.
 *
 * Who writes hashes with one key, that of its SESSION_SECRET; heads and floors
 * count if they are signed with a living one: that, or that of the secret before
 * while it is configured.  audit_reseal signs all of them anew when a secret
 * goes, and keeps its key, sealed, for the rows below those heads.  There it
 * proves nothing by itself: whoever learned the old secret could hash rows
 * anew, but not make them end in the hash that a living key has signed.
 */
#ifndef LIB_AUDIT_RING_H
#define LIB_AUDIT_RING_H

#include "lib/store/audit_chain.h"
#include "lib/store/audit_key.h"

struct audit_ring {
	struct hmac *keys[2 + AUDIT_OLD_KEYS_MAX]; /* the store's own first, then living ones */
	int64_t last_chain[2 + AUDIT_OLD_KEYS_MAX];
	size_t count, living;
};

/* The key that this store writes with, and no other: nothing to close. */
struct audit_ring audit_ring_of(struct store *);
/* All there are; `previous` is empty if there is no secret before. */
MUST_USE enum err audit_ring_open(struct store *, struct arena *, struct str session_secret,
	struct str previous, struct audit_ring *ret);
void audit_ring_close(struct audit_ring *);

/* The row follows the one with that hash.  is_pinned: it is not behind a head that counts. */
bool audit_ring_proves_row(const struct audit_ring *, struct arena *, const struct digest *before,
	const struct audit_row *, bool is_pinned);
bool audit_ring_proves_head(const struct audit_ring *, struct arena *, const struct audit_chain *);
bool audit_ring_proves_floor(const struct audit_ring *, struct arena *, const struct audit_chain *);
/* A head that was written down elsewhere, perhaps under a key that is out of use. */
bool audit_ring_proves_anchor(
	const struct audit_ring *, struct arena *, const struct audit_chain *);
/* The hash of row seq of the chain; ERR_NOT_GENUINE if the row is missing or not genuine. */
MUST_USE enum err audit_ring_hash_at(const struct audit_ring *, struct store *, struct arena *,
	const struct audit_chain *, int64_t seq, struct digest *ret);

/* For those rows of audit_keys: what seals them, and what they are bound to. */
void audit_ring_sealing_key(struct str session_secret, struct secret *ret);
struct str audit_ring_binding(struct arena *, const struct audit_old_key *);

#endif
