/*
 * Passwords as people type them.  The same characters may come as other bytes from
 * another keyboard or system: what is hashed is their Normalization Form C (NIST SP
 * 800-63B section 5.1.1.2).  Slow on purpose, as lib/crypto/password.h.
 */
#ifndef LIB_ACCOUNT_PASSPHRASE_H
#define LIB_ACCOUNT_PASSPHRASE_H

#include "lib/crypto/password.h"

/* That form; what is too long to be a password stays as it is. */
struct str passphrase_form(struct arena *, struct str typed);
MUST_USE enum err passphrase_hash(struct arena *, struct str typed, struct str *ret_hash);
/* As password_verify.  A hash from before there was a form, or from elsewhere, is of the
 * bytes as they came: that is tried too, if they differ, and *ret_stale tells that the
 * hash should be replaced. */
MUST_USE enum err passphrase_verify(
	struct arena *, struct str hash, struct str typed, bool *ret_stale);

#endif
