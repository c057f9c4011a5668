/* What a user has allowed a client in the code flow, as stored. */
#ifndef LIB_STORE_CONSENT_H
#define LIB_STORE_CONSENT_H

#include "lib/store/store.h"

struct consent {
	struct id user_id;
	struct id client_id;
	struct str scope;
	struct str resource; /* RFC 8707, beyond the configured audience */
	struct str shown; /* digest of the client's name and redirect URIs then; empty: not known */
	int64_t granted_ms;
	int64_t client_epoch_ms; /* the client's then */
};

/* ERR_NO_ROW too if it was taken back with all that the client was given. */
MUST_USE enum err consent_get(
	struct store *, struct arena *, struct id user, struct id client, struct consent *ret);
/* Inserts or replaces. */
MUST_USE enum err consent_put(struct store *, const struct consent *);
/* ERR_NO_ROW if there is none. */
MUST_USE enum err consent_delete(struct store *, struct id user, struct id client);

#endif
