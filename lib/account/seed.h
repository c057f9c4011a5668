/*
 * The first start: an admin to sign in with and a client to sign in from.
 */
#ifndef LIB_ACCOUNT_SEED_H
#define LIB_ACCOUNT_SEED_H

#include "lib/base/diag.h"
#include "lib/config/config.h"
#include "lib/store/store.h"

/* Without users, makes the admin `admin`; without clients, the public client
 * "AuthGate CLI"; and writes what was made to the credentials file (0600, new:
 * an existing file stops the seeding before anything is stored, so that a
 * password can never be made and lost).  Does nothing on later starts; of several
 * starts at once, one seeds. */
MUST_USE enum err seed(const struct config *, struct store *, int64_t now_ms, struct diag *);
/* Whether there will be a place for that file, before anything is made: ERR_IO and why
 * not. */
MUST_USE enum err seed_judge(const struct config *, struct diag *);

#endif
