/* Token families, access tokens and refresh tokens as stored. */
#ifndef LIB_STORE_TOKEN_H
#define LIB_STORE_TOKEN_H

#include "lib/store/client.h"

struct family {
	struct id id;
	struct str kind; /* "device", "code", "client" */
	struct id client_id;
	struct id user_id;    /* zero for a client's own tokens */
	struct id session_id; /* the browser's; zero for devices and clients */
	struct str scope;
	struct str resource; /* RFC 8707; empty: the configured audience */
	struct str nonce;
	int64_t auth_ms; /* when the user signed in */
	struct str amr;  /* how: as that of a session */
	int64_t created_ms;
	int64_t expires_ms; /* absolute end of its refresh tokens; 0: none */
	int64_t used_ms;    /* last refresh */
	int64_t disabled_ms;
	int64_t revoked_ms;      /* itself, or with others of its user or client */
	int64_t client_epoch_ms; /* of the code that it was; only family_insert uses it */
	struct str ip;           /* who redeemed the code */
	struct str user_agent;
};

/* One of a user's families, as the user sees it. */
struct family_view {
	struct id id;
	struct str kind;
	struct id client_id;
	struct str client_name;
	struct str scope;
	struct str ip;
	struct str user_agent;
	int64_t created_ms;
	int64_t used_ms;
	int64_t disabled_ms;
};

struct access_token {
	struct id id; /* the jti */
	struct id family_id;
	struct digest digest; /* of the whole token */
	bool is_foreign;      /* another program made it: found by its digest only */
	struct str scope;
	struct str resource; /* empty: its family's */
	int64_t issued_ms;
	int64_t expires_ms;
	int64_t revoked_ms;
};

struct refresh_token {
	struct id id;
	struct id family_id;
	struct digest digest;
	struct str scope;
	int64_t issued_ms;
	int64_t expires_ms;
	int64_t used_ms;             /* when it was rotated; 0: it is the living one */
	struct str successor_sealed; /* the token that replaced it; see grant_refresh.c */
	bool is_imported;            /* another program made it: digest is of its whole text */
	int64_t revoked_ms;
};

MUST_USE enum err family_insert(struct store *, const struct family *);
MUST_USE enum err family_by_id(struct store *, struct arena *, struct id, struct family *ret);
/* Ends every token of it; OK also when it had ended before. */
MUST_USE enum err family_revoke(struct store *, struct id, int64_t now_ms);
/* The user's families that are not revoked and have a token that is alive at
 * now_ms, newest first, those before `before`; at most limit into list.  An id
 * of all ones starts at the newest.  Looks at no more than FAMILY_LOOK_MAX of
 * them, dead or alive: *ret_seen is the oldest it looked at, or zero if there is
 * none behind it. */
enum { FAMILY_LOOK_MAX = 1000 };
struct family_query {
	struct id user;
	struct id before;
	int64_t now_ms;
	struct str search; /* part of the client's name or of the scope; empty: any */
	enum family_stand { FAMILY_ANY, FAMILY_AT_WORK, FAMILY_AT_REST } stand;
};
MUST_USE enum err family_list_of_user(struct store *, struct arena *, const struct family_query *,
	struct family_view *list, size_t limit, size_t *ret_count, struct id *ret_seen);
/* The devices that were connected between two instants and have not been revoked, newest first;
 * of the newest FAMILY_LOOK_MAX families of that time. */
struct family_between {
	struct id user;
	int64_t after_ms, before_ms;
};
MUST_USE enum err family_devices_between(struct store *, struct arena *,
	const struct family_between *, struct family_view *list, size_t limit, size_t *ret_count);
/* What a user does with one family; ERR_NO_ROW if it is another user's, has been
 * revoked, or is in that state already. */
MUST_USE enum err family_revoke_of_user(struct store *, struct id, struct id user, int64_t now_ms);
MUST_USE enum err family_disable_of_user(struct store *, struct id, struct id user, int64_t now_ms);
MUST_USE enum err family_enable_of_user(struct store *, struct id, struct id user);
/* All that were given in one browser; it may be none. */
MUST_USE enum err family_revoke_of_session(
	struct store *, struct id session, struct id user, int64_t now_ms);
/* The family of a client's own tokens (client_family_id), made when it is missing. */
MUST_USE enum err family_ensure_for_client(struct store *, const struct client *, int64_t now_ms);
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
MUST_USE enum err refresh_token_insert(struct store *, const struct refresh_token *);
/* Says that refresh_token_by_id is about to be asked: store_read_ahead. */
void refresh_token_by_id_ahead(struct store *, struct id);
MUST_USE enum err refresh_token_by_id(
	struct store *, struct arena *, struct id, struct refresh_token *ret);
/* The one whose text has this SHA-256, of those brought from elsewhere. */
MUST_USE enum err refresh_token_imported(
	struct store *, struct arena *, struct digest, struct refresh_token *ret);
/* Marks it used and keeps its sealed successor, if it lives and was not used;
 * ERR_NO_ROW otherwise.  Whether its family lives is family_check_alive's. */
MUST_USE enum err refresh_token_rotate(
	struct store *, struct id, struct str successor_sealed, int64_t now_ms);
/* ERR_NO_ROW unless it is unused; until COMMIT nobody can use it. */
MUST_USE enum err refresh_token_hold_unused(struct store *, struct id);
/* Notes the use of a family, and fails with ERR_NO_ROW unless it, its client and its user are
 * alive: the first step of a change that issues into an existing family. */
MUST_USE enum err family_check_alive(struct store *, struct id, int64_t now_ms);
/* Deletes at most limit tokens that expired before, the longest expired first.
 * By an index: lifetimes differ per client, so the order of ids proves nothing,
 * and a walk past long-lived tokens would hold up the writer. */
MUST_USE enum err access_token_purge(
	struct store *, int64_t expired_before_ms, int64_t limit, int64_t *ret_deleted);

#endif
