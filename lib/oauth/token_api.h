/*
 * Tokens that a service of the operator's makes, in place of this server: POST to /generate,
 * /validate and /refresh below token_provider.url, the contract of the Go original.
 *
 * What it returns becomes a row like ours, found by the digest of its text, so that it is
 * listed, revoked and ended with its user and its client like any other.  The row decides:
 * the service is asked as well when such a token comes back, and can only say no.
 *
 * What asks it runs in LANE_CALLER; on another lane each function here answers
 * ERR_OTHER_LANE, before anything has happened.
 */
#ifndef LIB_OAUTH_TOKEN_API_H
#define LIB_OAUTH_TOKEN_API_H

#include "lib/audit/context.h"
#include "lib/store/client.h"

struct config;

/* Whether it makes the tokens of this client.  Those that administer this server it never
 * makes, whatever is configured: scope tells. */
bool token_api_makes(const struct config *, const struct client *, struct str scope);

/* For whom, and what it may do. */
struct token_wish {
	struct str subject;
	struct id client_id;
	struct str scope;
	int64_t ttl_s; /* at most */
};
struct made_token {
	struct str text; /* empty: none */
	int64_t ttl_s;   /* as the service says, at most what was wished */
};

/* All of them: ERR_TOKEN_SERVICE if it does not answer as it should, ERR_BUSY. */

/* ERR_TOKEN_REFUSED if it does not want to. */
MUST_USE enum err token_api_generate(
	struct context *, const struct token_wish *, struct made_token *ret);
/* ERR_INVALID_TOKEN unless it says that this one is valid, and whose we know it to be. */
MUST_USE enum err token_api_validate(struct context *, const struct token_wish *, struct str token);
/* A new access token, and if it rotates a refresh token of at most refresh_ttl_s; without
 * one the old one stays.  ERR_INVALID_TOKEN if the service does not know the old one any more. */
struct token_renewal {
	struct str refresh_token;
	bool rotates;
	int64_t refresh_ttl_s;
};
MUST_USE enum err token_api_refresh(struct context *, const struct token_wish *,
	const struct token_renewal *, struct made_token *ret_access,
	struct made_token *ret_refresh);

#endif
