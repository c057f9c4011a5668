/*
 * Hash chains of the audit log.
 *
 * A chain is what one connection has written: numbered rows, each with a hash
 * over itself and the hash of the row before.  So no writer ever waits for
 * another, and what is not known to be committed (a COMMIT without an answer,
 * a database that was restored) is never continued: a new connection begins a
 * new chain.  The end of a chain is part of the transaction
 * (store_chain_end): a rollback takes it back.
 *
 * The hash is HMAC-SHA-256 under a key that is not in the database: who can
 * write there can remove rows, but neither change nor add one.  That rows are
 * missing shows in the numbers; that the last ones are, in the `head`, a place
 * the chain surely came to, signed with the same key now and then; that the
 * first ones are, in the `floor`, to which retention has cut, signed as well.
 * That a whole chain is missing shows in the numbers of the chains, of which
 * the row with number 0 knows the last (head) and the last forgotten (floor), and
 * when the trail began (started_ms, signed with the floor).
 *
 * HMAC, and not a signature: only we verify, tokens' keys come and go, and
 * whoever has our secret could sign too.
 */
#ifndef LIB_STORE_AUDIT_CHAIN_H
#define LIB_STORE_AUDIT_CHAIN_H

#include "lib/store/audit_log.h"

/* A place in a chain, and its proof. */
struct audit_mark {
	int64_t seq; /* 0: before the first row */
	int64_t at_ms;
	struct digest hash; /* of that row */
	struct digest mac;
};

struct audit_chain {
	int64_t chain;
	struct str node;
	int64_t started_ms;
	struct audit_mark head;
	struct audit_mark floor; /* at_ms is that of the beginning */
};

/* The hash of a row that follows the one with that hash; it is of zeros for the first. */
struct digest audit_row_hash(
	struct hmac *, struct arena *, const struct digest *before, const struct audit_row *);
/* The proof of a head; of a floor, which speaks for the node and the beginning too. */
struct digest audit_head_mac(struct hmac *, struct arena *, const struct audit_chain *);
struct digest audit_floor_mac(struct hmac *, struct arena *, const struct audit_chain *);

/* Within a transaction: begins the chain of this connection. */
MUST_USE enum err audit_chain_begin(struct store *, struct arena *, int64_t now_ms);
MUST_USE enum err audit_chain_get(
	struct store *, struct arena *, int64_t chain, struct audit_chain *ret);
/* Those behind that number, in order. */
MUST_USE enum err audit_chain_list(struct store *, struct arena *, int64_t after,
	struct audit_chain *list, size_t limit, size_t *ret_count);
/* Signs and stores a new head, unless it knows a later one. */
MUST_USE enum err audit_chain_sign(struct store *, struct arena *, struct audit_chain *);
/* Stores a new floor and deletes the rows up to it. */
MUST_USE enum err audit_chain_cut(struct store *, struct arena *, struct audit_chain *);
/* Stores ends that were signed with another key, and of the list when it began. */
MUST_USE enum err audit_chain_reseal(struct store *, const struct audit_chain *);
/* Takes out of the list a chain of which nothing is left. */
MUST_USE enum err audit_chain_forget(struct store *, struct arena *, int64_t chain);
/* The number of its last row; 0 if it has none. */
MUST_USE enum err audit_chain_last(struct store *, int64_t chain, int64_t *ret_seq);
/* The next chain of which there are rows; 0 if there is none. */
MUST_USE enum err audit_chain_next_in_log(struct store *, int64_t after, int64_t *ret_chain);

#endif
