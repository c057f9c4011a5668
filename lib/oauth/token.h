/*
 * Access tokens: JWTs of RFC 9068, each with a row of its own, so that every
 * one can be listed and revoked.
 */
#ifndef LIB_OAUTH_TOKEN_H
#define LIB_OAUTH_TOKEN_H

#include "lib/audit/context.h"
#include "lib/oauth/token_api.h"
#include "lib/store/client.h"
#include "lib/store/token.h"

/* What the token says. */
struct token_grant {
	const struct client *client;
	struct id family_id;
	struct str subject; /* sub */
	struct str scope;
	struct str resource;     /* lib/oauth/resource.h; empty: the configured audience */
	struct str extra_claims; /* lib/oauth/extra_claims.h, or empty */
	int64_t auth_ms;         /* when the user signed in; 0 without a user */
	int64_t ttl_s;
	const struct made_token *made; /* what the service has made already, or NULL */
};

struct token {
	struct str text; /* leaves the process once, in the reply */
	int64_t expires_in_s;
	struct access_token row; /* to be stored by the change that issues it */
};

struct config;
/* Lifetimes by the client's token profile, within the configured caps. */
int64_t token_ttl_s(const struct config *, const struct client *);
/* The first, a random bit longer if so configured. */
MUST_USE enum err token_spread_ttl_s(const struct config *, const struct client *, int64_t *ret);
int64_t refresh_ttl_s(const struct config *, const struct client *);
/* Makes and signs, or has the service make it (lib/oauth/token_api.h); stores nothing. */
MUST_USE enum err token_make(struct context *, const struct token_grant *, struct token *ret);
/* What it means that a row could not be stored: a service may give a token that it gave before. */
enum err token_insert_error(const struct context *, const struct access_token *, enum err);

#endif
