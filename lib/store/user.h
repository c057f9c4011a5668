/* Users: the people who sign in.  Rules about them live in lib/account. */
#ifndef LIB_STORE_USER_H
#define LIB_STORE_USER_H

#include "lib/store/store.h"

/* Whether somebody has seen that the address is the user's. */
enum email_verified { EMAIL_UNKNOWN, EMAIL_UNVERIFIED, EMAIL_VERIFIED };

struct user {
	struct id id;
	struct str username;
	struct str email;
	enum email_verified email_verified;
	struct str full_name;
	struct str role; /* "user", "admin" */
	struct str password_hash;
	int64_t disabled_ms; /* 0: active */
	int64_t created_ms;
	int64_t updated_ms;
	struct str groups;         /* one a line, where claims_load was called */
	int64_t tokens_revoked_ms; /* all that was given before is void (lib/store/revocation.h) */
};

/* Of the column, which is NULL, 0 or 1. */
enum email_verified email_verified_of(const struct row *, int column);

/* username must be canonical (account_canonical_username). */
MUST_USE enum err user_by_email(struct store *, struct arena *, struct str email, struct user *ret);
MUST_USE enum err user_by_name(
	struct store *, struct arena *, struct str username, struct user *ret);
MUST_USE enum err user_by_id(struct store *, struct arena *, struct id, struct user *ret);
MUST_USE enum err user_insert(struct store *, const struct user *);
/* No further than COUNTED_MAX (lib/store/search.h), as all counts of users and clients. */
MUST_USE enum err user_count(struct store *, int64_t *ret);
/* A new password in place of the one that was proven; ERR_NO_ROW if it has
 * changed meanwhile. */
MUST_USE enum err user_change_password_hash(
	struct store *, struct id, struct str old_hash, struct str new_hash, int64_t now_ms);
/* ERR_NO_ROW unless this is still the hash of an active user: for a change that
 * relies on a password which was proven before. */
MUST_USE enum err user_check_password_hash(struct store *, struct id, struct str hash);
/* OK if some user's hash does not begin with the three characters of that kind,
 * else ERR_NO_ROW. Reads them all. */
MUST_USE enum err user_has_other_hash(struct store *, struct str kind);
/* A better hash for an unchanged password. */
MUST_USE enum err user_set_password_hash(
	struct store *, struct id, struct str hash, int64_t now_ms);

/* disabled_ms 0 enables. */
MUST_USE enum err user_set_disabled(struct store *, struct id, int64_t disabled_ms, int64_t now_ms);
/* Remembers it for the next session's previous_ms. */
MUST_USE enum err user_signed_in(struct store *, struct id, int64_t now_ms);
/* Address, what is known of it, and name; ERR_NO_ROW if the row has changed since was_updated_ms,
 * ERR_ROW_EXISTS if the address is another's. */
MUST_USE enum err user_update(struct store *, const struct user *, int64_t was_updated_ms);
MUST_USE enum err user_set_role(struct store *, struct id, struct str role, int64_t now_ms);
/* With everything that hangs on it. */
MUST_USE enum err user_delete(struct store *, struct id);
/* Holds the row until COMMIT; ERR_NO_ROW if it has changed since updated_ms. */
MUST_USE enum err user_hold(struct store *, struct id, int64_t updated_ms);
/* Lets no other change touch an active admin until this one has ended: the first
 * step of one that may leave none. */
MUST_USE enum err user_hold_admins(struct store *);
MUST_USE enum err user_count_active_admins(struct store *, int64_t *ret);
struct user_query {
	struct id after;
	struct str role;   /* empty: any */
	struct str search; /* part of the username, address or full name; empty: any */
	struct id except;  /* whom a search leaves out */
	size_t limit;
};
/* At most limit users with an id behind `after`, oldest first.  A search stops, and says so in
 * *ret_seen, as client_list does. */
MUST_USE enum err user_list(struct store *, struct arena *, const struct user_query *,
	struct user *list, size_t *ret_count, struct id *ret_seen);

#endif
