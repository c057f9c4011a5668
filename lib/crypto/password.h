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
 * there is nothing to spend that time on. */
MUST_USE enum err password_verify(struct str hash, struct str password);
/* There are bcrypt hashes, brought from elsewhere: from now on password_verify
 * spends the time of one hash of either kind, whatever it is given, so that nobody
 * is known by the kind of theirs.  It notices by itself too, at the first one.
 * (For the Go original's cost, 10; another cost can still be told.) */
void password_expect_bcrypt(void);
/* n characters from an alphabet without look-alikes. */
MUST_USE enum err password_generate(struct arena *, size_t n, struct str *ret);

#endif
