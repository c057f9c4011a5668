/*
 * Who a token speaks of, for people to read.  Nothing here is verified and no
 * decision may rest on it: only the server that issued a token can judge it.
 */
#ifndef CLIENTS_CLAIMS_H
#define CLIENTS_CLAIMS_H

#include "clients/discovery.h"

/* OpenID Connect Core 5.1; all cleaned for the terminal, all may be empty. */
struct claims {
	struct str sub;
	struct str preferred_username;
	struct str name;
	struct str email;
};

/* Reads the payload of a JWT; false, and nothing changed, for an opaque token. */
bool client_claims_of_token(struct arena *, struct str token, bool utf8, struct claims *ret);
/* Reads a JSON object of claims, as userinfo sends it. */
MUST_USE enum err client_claims_parse(
	struct arena *, struct str json, bool utf8, struct claims *ret);
/* Asks the userinfo endpoint. ERR_NO_ROW if the server names none;
 * ERR_LOGIN_REQUIRED if it does not take the token. */
MUST_USE enum err client_claims_fetch(struct arena *, const struct discovery *,
	struct str access_token, bool utf8, int cancel_fd, struct claims *ret, struct diag *);

/* The best name for this person: username, then email, then sub; or empty. */
struct str client_claims_account(const struct claims *);

#endif
