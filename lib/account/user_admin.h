/*
 * People as an operator makes and changes them.  One active admin always
 * remains: the last one cannot be disabled, demoted or deleted, whichever face
 * tries it, and however many try at once.
 */
#ifndef LIB_ACCOUNT_USER_ADMIN_H
#define LIB_ACCOUNT_USER_ADMIN_H

#include "lib/account/invitation.h"
#include "lib/account/user.h"

struct user_spec {
	struct str username;
	struct str email;
	struct str full_name;
	struct str role;     /* "user" */
	struct str password; /* empty: a generated one */
	bool is_invited;     /* has none: an invitation instead */
	enum email_verified email_verified;
};

/* ERR_MALFORMED with what is wrong in cx->problem.  Hashes: from a worker. */
struct user_creation {
	const struct context *cx;
	struct user user;
	struct str generated_password;  /* empty if one was given */
	struct invitation_offer *offer; /* NULL if there is none */
};
MUST_USE enum err user_creation_prepare(
	struct context *, const struct user_spec *, struct user_creation *ret);
/* ERR_NAME_OR_ADDRESS_TAKEN if the name or the address is taken. */
enum err user_creation_store(struct store *, void *user_creation);

/* An edit of a person who was read: address and full name.  ERR_RACE if somebody
 * else has changed the row since, ERR_ADDRESS_TAKEN if the address is another's. */
struct user_edit {
	const struct context *cx;
	struct user user;
	int64_t was_updated_ms;
};
MUST_USE enum err user_edit_prepare(
	struct context *, const struct user *was, const struct user_spec *, struct user_edit *ret);
enum err user_edit_store(struct store *, void *user_edit);

enum user_change_kind {
	USER_DISABLE, /* with access_end; kept tokens are dead while it is disabled */
	USER_ENABLE,
	USER_PROMOTE, /* to admin */
	USER_DEMOTE,  /* with its sessions, and so with tokens of power: lib/oauth/bearer.h */
	USER_DELETE,  /* with everything it granted */
};
/* ERR_LAST_ADMIN if no active admin would remain.  Here and below, ERR_RACE if
 * somebody else has changed the person since held_ms, its updated_ms then; 0: no
 * matter what it is. */
struct user_change {
	const struct context *cx;
	int64_t held_ms;
	struct id id;
	enum user_change_kind kind;
	bool keeps_tokens; /* of USER_DISABLE: lib/account/access.h */
};
enum err user_change_store(struct store *, void *user_change);

/* A new password, with access_end. */
struct user_password_reset {
	const struct context *cx;
	int64_t held_ms;
	struct id id;
	bool keeps_tokens;
	struct str hash;
	struct str generated_password;
};
MUST_USE enum err user_password_reset_prepare(
	struct context *, struct id, struct str password, struct user_password_reset *ret);
enum err user_password_reset_store(struct store *, void *user_password_reset);

#endif
