/* Who people are at other servers, as stored.  Rules about it are in lib/signin. */
#ifndef LIB_STORE_IDENTITY_H
#define LIB_STORE_IDENTITY_H

#include "lib/store/store.h"

enum { IDENTITIES_OF_USER_MAX = 32 };

struct identity {
	struct id id;
	struct id user_id;
	struct str provider; /* its name in the configuration */
	struct str issuer;   /* where that led when it was linked */
	struct str subject;
	struct str username;
	struct str email;
	int64_t linked_ms;
	int64_t used_ms;
	struct str tokens_sealed; /* to be stored: lib/signin/tokens.h; empty: none */
};

MUST_USE enum err identity_find(struct store *, struct arena *, struct str provider,
	struct str subject, struct identity *ret);
/* In the order in which they were linked; at most IDENTITIES_OF_USER_MAX. */
MUST_USE enum err identity_of_user(
	struct store *, struct arena *, struct id user, struct identity *list, size_t *ret_count);
/* ERR_ROW_EXISTS if the identity is somebody's already. */
MUST_USE enum err identity_insert(struct store *, const struct identity *);
/* Notes that it was used; ERR_NO_ROW unless it still is that of this active user. */
MUST_USE enum err identity_use(struct store *, const struct identity *);
/* ERR_NO_ROW if it is not this user's, or their last way in. */
MUST_USE enum err identity_delete_of_user(struct store *, struct id, struct id user);

/* A session began with it. */
MUST_USE enum err identity_begin_session(struct store *, struct id session, struct id identity);
/* The one with which a session began: id, provider and tokens_sealed. */
MUST_USE enum err identity_of_session(
	struct store *, struct arena *, struct id session, struct identity *ret);

/* What a password hashed to when it was taken last: lib/signin/offline.h. */
struct identity_verifier {
	struct id id;
	struct str subject;
	struct str email;
	struct str hash;
	int64_t verified_ms;
};
MUST_USE enum err identity_set_verifier(struct store *, struct id, struct str hash, int64_t now_ms);
/* OK as well if there is none. */
MUST_USE enum err identity_drop_verifier(struct store *, struct id);
MUST_USE enum err identity_verifier(struct store *, struct arena *, struct id user,
	struct str provider, struct identity_verifier *ret);

#endif
