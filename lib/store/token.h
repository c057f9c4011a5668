/* Token families, access tokens and refresh tokens as stored. */
#ifndef LIB_STORE_TOKEN_H
#define LIB_STORE_TOKEN_H

#include "lib/store/store.h"

struct family {
	struct id id;
	struct str kind; /* "device", "code", "client" */
	struct id client_id;
	struct id user_id; /* zero for a client's own tokens */
	struct str scope;
	int64_t created_ms;
	int64_t revoked_ms;
};

struct access_token {
	struct id id; /* the jti */
	struct id family_id;
	struct digest digest; /* of the whole token */
	struct str scope;
	int64_t issued_ms;
	int64_t expires_ms;
	int64_t revoked_ms;
};

MUST_USE enum err family_insert(struct store *, const struct family *);
/* The family of a client's own tokens (id = client_id), made when it is missing. */
MUST_USE enum err family_ensure_for_client(struct store *, struct id client, int64_t now_ms);
/* Looks at the limit families behind *walk, in the order of their ids, and
 * deletes those that were made before and have no token left; nothing can be
 * issued into such a family.  Moves *walk, and puts it back to zero at the end:
 * families that live on cost each round a slice and not the whole table. */
MUST_USE enum err family_purge(struct store *, struct id *walk, int64_t made_before_ms,
	int64_t limit, int64_t *ret_deleted);
/* Deletes at most limit tokens that expired before, used and revoked ones
 * included: until then they tell a replay from nonsense. */
MUST_USE enum err refresh_token_purge(
	struct store *, int64_t expired_before_ms, int64_t limit, int64_t *ret_deleted);
MUST_USE enum err access_token_insert(struct store *, const struct access_token *);
MUST_USE enum err access_token_by_id(
	struct store *, struct arena *, struct id, struct access_token *ret);
/* Deletes at most limit tokens that expired before, the longest expired first.
 * By an index: lifetimes differ per client, so the order of ids proves nothing,
 * and a walk past long-lived tokens would hold up the writer. */
MUST_USE enum err access_token_purge(
	struct store *, int64_t expired_before_ms, int64_t limit, int64_t *ret_deleted);

#endif
