/*
 * A user replaces their own password.  What a password must be: PASSWORD_MIN
 * characters at least, PASSWORD_MAX bytes at most, not the username, not the old
 * one.  No demands on its letters: they make passwords worse (NIST SP 800-63B
 * section 5.1.1.2).
 */
#ifndef LIB_ACCOUNT_PASSWORD_CHANGE_H
#define LIB_ACCOUNT_PASSWORD_CHANGE_H

#include "lib/audit/context.h"
#include "lib/store/session.h"
#include "lib/store/user.h"

/* ERR_PASSWORD_... if a password that was typed twice will not do; both in passphrase_form. */
MUST_USE enum err password_judge(
	struct arena *, struct str username, struct str wanted, struct str repeated);

struct password_change {
	struct context *cx;
	const struct user *user;
	struct str current;
	struct str wanted;
	struct str repeated;
	bool end_access;        /* also all that clients and devices have */
	struct session session; /* of this browser, renewed: the only one that stays */
	struct str new_hash;
};

/* Checks what was typed and hashes the new password: call it from a worker.
 * ERR_BAD_CREDENTIALS if the current one is wrong; ERR_PASSWORD_... if the new
 * one will not do. */
MUST_USE enum err password_change_check(struct password_change *);
/* The change: ERR_ACCOUNT_CHANGED if the password, or the session, is not what it was. */
enum err password_change_store(struct store *, void *password_change);
/* The change of a wrong attempt: the audit trail knows. */
enum err password_change_refused(struct store *, void *password_change);

#endif
