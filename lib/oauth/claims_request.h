/*
 * The parameter claims (OpenID Connect Core section 5.5).
 *
 * Claims are granted by the scopes that stand for them, which a person is shown and the answer
 * names: who asks for email asks for the scope email.  What this server does not know about
 * people is not essential enough to fail for (section 5.5.1).
 */
#ifndef LIB_OAUTH_CLAIMS_REQUEST_H
#define LIB_OAUTH_CLAIMS_REQUEST_H

#include "lib/audit/context.h"

struct claims_request {
	struct str scope;   /* that the claims stand under */
	struct str subject; /* the person it has to be, or empty */
	bool unmet;         /* an essential acr that nobody gets here */
};

/* ERR_INVALID_REQUEST for what is no JSON object of objects. */
MUST_USE enum err claims_request_read(
	struct context *, struct str text, struct claims_request *ret);

#endif
