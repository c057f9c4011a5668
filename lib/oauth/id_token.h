/*
 * ID tokens (OpenID Connect Core section 2).
 */
#ifndef LIB_OAUTH_ID_TOKEN_H
#define LIB_OAUTH_ID_TOKEN_H

#include "lib/audit/context.h"
#include "lib/base/buf.h"
#include "lib/store/client.h"
#include "lib/store/user.h"

/* acr of who typed a password here, and what acr_values may ask for.  Of a sign-in with another
 * server it is not known what it is worth: there amr says what is known. */
#define ACR_PASSWORD "urn:oasis:names:tc:SAML:2.0:ac:classes:PasswordProtectedTransport"

struct id_token_claims {
	const struct client *client;
	const struct user *user;
	struct str scope; /* profile and email add claims */
	struct str nonce;
	struct id session_id; /* sid; zero without a browser session */
	int64_t auth_ms;
	struct str amr;          /* empty: it is not known */
	struct str access_token; /* for at_hash */
};

MUST_USE enum err id_token_make(
	const struct context *, const struct id_token_claims *, struct str *ret);
/* The claims that profile and email stand for, as members; userinfo says the same. */
void claims_of_user(struct buf *, const struct user *, struct str scope);
/* Before it: what only some scopes ask for. */
MUST_USE enum err claims_load(const struct context *, struct str scope, struct user *);

#endif
