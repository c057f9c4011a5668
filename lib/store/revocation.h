/*
 * Taking back many families at once, in one row: migrations/0003 says how a
 * family knows that it is among them.
 *
 * A change that takes all back calls revocation_of_codes first.  Under
 * PostgreSQL, a redemption that runs at the same time has then either made its
 * family before, or finds no code.
 */
#ifndef LIB_STORE_REVOCATION_H
#define LIB_STORE_REVOCATION_H

#include "lib/store/store.h"

/* Ends the codes that could still become families, of one client or, with the
 * zero id, of all. */
MUST_USE enum err revocation_of_codes(
	struct store *, struct id user, struct id client, int64_t *ret_ended);
/* Forgets what a user has allowed clients: each has to ask again. */
MUST_USE enum err revocation_of_consents(struct store *, struct id user);
/* Ends every family of a user, or of a user and client. */
MUST_USE enum err revocation_of_user(struct store *, struct id user, int64_t now_ms);
MUST_USE enum err revocation_of_client(
	struct store *, struct id user, struct id client, int64_t now_ms);

#endif
