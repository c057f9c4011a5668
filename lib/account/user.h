/*
 * Rules about people: what a username is, who may sign in.
 */
#ifndef LIB_ACCOUNT_USER_H
#define LIB_ACCOUNT_USER_H

#include "lib/audit/context.h"
#include "lib/store/user.h"

enum { USERNAME_MAX = 64, EMAIL_MAX = 254, FULL_NAME_MAX = 128 };

/* One spelling per person: ASCII letters lowered, blanks around it removed.
 * Letters, digits and . _ - @ + only, so that no look-alike can be registered;
 * ERR_MALFORMED otherwise. */
MUST_USE enum err username_canonical(struct arena *, struct str typed, struct str *ret);

/* The same for an address, with all letters lowered.  No more than that it can be one:
 * who owns it is not proven by its spelling. */
MUST_USE enum err email_canonical(struct arena *, struct str typed, struct str *ret);

/* To be called at the start: looks whether users have brought hashes of another
 * kind, so that no name is told by the time that its own takes. */
MUST_USE enum err passwords_prepare(struct store *);
/* ERR_BAD_CREDENTIALS for an unknown user, a wrong password and a user without
 * one, all in the same time; ERR_ACCOUNT_DISABLED only to who knows the
 * password.  ret_better_hash is empty unless the stored hash is of an older
 * kind, or of another form of the same characters (lib/account/passphrase.h).  Hashes: call it from
 * a worker. */
MUST_USE enum err login_check(const struct context *, struct str username, struct str password,
	struct user *ret, struct str *ret_better_hash);

/* The username of whoever is meant by a username or an e-mail address; what is neither
 * comes back as it was typed. */
MUST_USE enum err login_name(const struct context *, struct str typed, struct str *ret);

/* How the audit trail names whom somebody tried to be: "user:<name>" if there is
 * one.  What is no name may be a password typed in the wrong place: a keyed
 * digest of it shows no more than that the same was typed again. */
MUST_USE enum err login_audit_target(const struct context *, struct str typed, struct str *ret);

#endif
