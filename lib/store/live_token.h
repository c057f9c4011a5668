/*
 * An access token with all that its life depends on, in one read: its family,
 * its client, its user.
 */
#ifndef LIB_STORE_LIVE_TOKEN_H
#define LIB_STORE_LIVE_TOKEN_H

#include "lib/store/user.h"

struct live_token {
	struct id id; /* the jti */
	struct id family_id;
	struct id client_id;
	struct digest digest; /* of the whole token */
	struct str scope;
	struct str resource;
	struct id session_id;
	int64_t auth_ms;
	int64_t issued_ms;
	int64_t expires_ms;
	int64_t revoked_ms; /* itself; 0 if it was not */
	bool is_dead;       /* revoked or disabled, itself or its family, client or user */
	bool is_foreign;    /* of live_token_foreign */
	struct user user;   /* the zero id for a client's own token */
};

/* ERR_NO_ROW if there is no such token. */
MUST_USE enum err live_token_by_id(
	struct store *, struct arena *, struct id, struct live_token *ret);
/* The one that another program made and that has this SHA-256. */
MUST_USE enum err live_token_foreign(
	struct store *, struct arena *, struct digest, struct live_token *ret);
/* Says that live_token_by_id is about to be asked: store_read_ahead. */
void live_token_by_id_ahead(struct store *, struct id);
/* Ends this one token. */
MUST_USE enum err access_token_revoke(struct store *, struct id, int64_t now_ms);

#endif
