/*
 * What a client that registered itself has besides struct client: the token
 * that manages it (RFC 7592) and facts for people.  Both are columns of one row.
 */
#ifndef LIB_STORE_REGISTRATION_H
#define LIB_STORE_REGISTRATION_H

#include "lib/store/client.h"

struct registration {
	struct id client_id;
	struct digest digest; /* SHA-256 of the registration access token */
	bool has_digest;      /* false: made by an administrator, or deleted */
	struct str client_uri;
	struct str logo_uri;
	struct str contacts; /* space separated */
};

MUST_USE enum err registration_by_id(
	struct store *, struct arena *, struct id, struct registration *ret);
/* Completes the row that client_insert wrote. */
MUST_USE enum err registration_set(struct store *, const struct registration *);
/* Both, but neither type nor secret.  ERR_RACE if the client's status is no
 * longer `was`: somebody else has decided about it meanwhile. */
MUST_USE enum err registration_update(
	struct store *, const struct client *, const struct registration *, struct str was);
/* The client, its secret and its management end at once, and with them every
 * token; the row goes when they are purged. ERR_NO_ROW if it was gone. */
MUST_USE enum err registration_delete(struct store *, struct id, int64_t now_ms);
/* Registered clients that never got a token. */
MUST_USE enum err registration_count_unused(struct store *, int64_t *ret);
/* Deletes clients registered before this instant and never used, and deleted
 * ones without tokens. */
MUST_USE enum err registration_purge(
	struct store *, int64_t before_ms, int64_t limit, int64_t *ret_deleted);

#endif
