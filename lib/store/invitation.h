/* Invitations, as stored: at most one for each user.  What they are: lib/account/invitation.h. */
#ifndef LIB_STORE_INVITATION_H
#define LIB_STORE_INVITATION_H

#include "lib/store/store.h"

struct invitation {
	struct id user_id;
	struct digest digest; /* of its secret */
	int64_t created_ms;
	int64_t expires_ms;
};

/* In the place of the one before. */
MUST_USE enum err invitation_put(struct store *, const struct invitation *);
MUST_USE enum err invitation_of_user(struct store *, struct id user, struct invitation *ret);
/* Uses it up; ERR_NO_ROW if it is another by now, or over at now_ms. */
MUST_USE enum err invitation_take(struct store *, const struct invitation *, int64_t now_ms);
/* A first password; ERR_NO_ROW if the user has one, or is disabled. */
MUST_USE enum err invitation_set_password_hash(
	struct store *, struct id user, struct str hash, int64_t now_ms);
/* Deletes at most limit that are over at now_ms. */
MUST_USE enum err invitation_purge(
	struct store *, int64_t now_ms, int64_t limit, int64_t *ret_deleted);

#endif
