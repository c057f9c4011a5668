/* Signing keys as stored: sealed, with their state.  lib/oauth/keys.h opens them. */
#ifndef LIB_STORE_SIGNING_KEY_H
#define LIB_STORE_SIGNING_KEY_H

#include "lib/store/store.h"

struct signing_key {
	struct id id;
	struct str kid;
	struct str alg;
	struct str state; /* "next", "active", "retired" */
	struct str sealed;
	int64_t created_ms;
	int64_t expires_ms;
	int64_t trail_began_ms; /* bound into `sealed`; 0: it is not */
};

enum { SIGNING_KEYS_MAX = 32 };

MUST_USE enum err signing_key_insert(struct store *, const struct signing_key *);
/* The active key of this algorithm retires, to be forgotten at expires_ms; the
 * next one becomes active. */
MUST_USE enum err signing_key_promote(struct store *, struct str alg, int64_t expires_ms);
/* Sealed again, with another key or another beginning of the trail. */
MUST_USE enum err signing_key_reseal(struct store *, const struct signing_key *);
MUST_USE enum err signing_key_delete(struct store *, struct str kid);
MUST_USE enum err signing_key_purge(struct store *, int64_t now_ms);
/* All that may still sign or verify, oldest first; at most SIGNING_KEYS_MAX. */
MUST_USE enum err signing_key_list(
	struct store *, struct arena *, struct signing_key *list, size_t *ret_count);

/* Keys in use that are dated later than that are from now. */
MUST_USE enum err signing_key_redate(
	struct store *, struct str alg, int64_t now_ms, int64_t latest_ms);

#endif
