/*
 * Passwords, through crypt_r(3) of libxcrypt: yescrypt for new ones; bcrypt of
 * the Go original verified.  Slow on purpose: worker threads only.
 */
#ifndef LIB_CRYPTO_PASSWORD_H
#define LIB_CRYPTO_PASSWORD_H

#include "lib/base/secret.h"

/* Longer passwords are refused before hashing, because crypt(3) takes no more;
 * bcrypt would cut at 72 and crypt(3) stops at a NUL, so both are errors rather
 * than surprises. */
enum { PASSWORD_MAX = 511, PASSWORD_MIN = 8 };

MUST_USE enum err password_hash(struct arena *, struct str password, struct str *ret_hash);
/* OK or ERR_BAD_CREDENTIALS.  An empty hash takes as long as a yescrypt one and
 * fails, so an unknown user cannot be told from a wrong password; ERR_CRYPTO if
 * there is nothing to spend that time on.  A hash brought from elsewhere takes
 * the time of its own kind: until its owner has signed in once and it has been
 * replaced, it can be told that there is such a user. */
MUST_USE enum err password_verify(struct str hash, struct str password);
/* n characters from an alphabet without look-alikes. */
MUST_USE enum err password_generate(struct arena *, size_t n, struct str *ret);

#endif
