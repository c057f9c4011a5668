/* Keys of the audit trail that are out of use, as stored: lib/audit/ring.h opens them. */
#ifndef LIB_STORE_AUDIT_KEY_H
#define LIB_STORE_AUDIT_KEY_H

#include "lib/store/store.h"

struct audit_old_key {
	struct id id;
	struct str sealed;
	int64_t last_chain;
	int64_t retired_ms;
};

enum { AUDIT_OLD_KEYS_MAX = 16 };

/* The newest of them, at most AUDIT_OLD_KEYS_MAX. */
MUST_USE enum err audit_key_list(
	struct store *, struct arena *, struct audit_old_key *list, size_t *ret_count);
MUST_USE enum err audit_key_insert(struct store *, const struct audit_old_key *);
MUST_USE enum err audit_key_reseal(struct store *, struct id, struct str sealed);
/* Forgets those of which no chain is left: all chains up to this one are forgotten. */
MUST_USE enum err audit_key_purge(struct store *, int64_t forgotten);

#endif
