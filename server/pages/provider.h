/*
 * Other servers to sign in with, as pages show them.
 */
#ifndef SERVER_PAGES_PROVIDER_H
#define SERVER_PAGES_PROVIDER_H

#include "server/pages/account.h"
#include "server/pages/pages.h"

/* One button each, which leads on to next; confirm: after a sign-in that is new. */
const struct provider_row *provider_rows(
	struct exchange *, struct str next, bool confirm, size_t *ret_count);
/* Lets the forms of this page end at any of them: browsers apply form-action to every
 * redirect that follows, and where a server sends people on to is its own business. */
void provider_allow_forms(struct exchange *);

/* Somebody has signed in by a password: no other server was used last. */
void provider_forget_last(struct exchange *);

#endif
