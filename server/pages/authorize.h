/*
 * What the sign-in page needs to know of the authorization endpoint.
 */
#ifndef SERVER_PAGES_AUTHORIZE_H
#define SERVER_PAGES_AUTHORIZE_H

#include "server/exchange.h"

/* True if next leads back to an authorization request that the session of this browser
 * does not satisfy. */
bool authorize_wants_login(struct exchange *, struct str next);
/* True if it asks for a sign-in that is newer than the request. */
bool authorize_wants_fresh(struct exchange *, struct str next);
/* What a waiting request says about its sign-in. */
struct authorize_login {
	struct str client_name;
	struct str login_hint;
	bool same_person; /* whoever is signed in has to prove it anew */
};
/* If next leads back to a request that waits for this browser: what it says, its
 * language, and a policy that lets the form of the page end there, since Chromium
 * applies form-action to every redirect that follows.  Else nothing. */
void authorize_prepare_login(struct exchange *, struct str next, struct authorize_login *ret);

#endif
