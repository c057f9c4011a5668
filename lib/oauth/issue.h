/*
 * Issuing to a user: what every grant that acts for a person ends in.
 *
 * issue_begin makes and signs everything (access token, refresh token, id
 * token) while the exchange still runs on its own thread; issue_store puts it
 * away inside the grant's change, after the grant's own conditional statement.
 */
#ifndef LIB_OAUTH_ISSUE_H
#define LIB_OAUTH_ISSUE_H

#include "lib/metrics/tally.h"
#include "lib/oauth/grant.h"
#include "lib/oauth/token.h"
#include "lib/store/user.h"

struct issue {
	/* Given by the grant. */
	struct context *cx;
	const struct client *client;
	size_t grant; /* LABEL_GRANT_DEVICE, ...: what the tokens count as */
	struct user user;
	struct family family;    /* id may be preset, else a new one is made */
	bool family_exists;      /* a refresh: the family is there already */
	struct str scope;        /* of this access token, at most the family's */
	struct str resource;     /* likewise */
	int64_t family_ttl_s;    /* of a new family at most; 0: as configured */
	bool wants_refresh;      /* a refresh token is due, if client and scope allow */
	struct str extra_claims; /* for the access token, or empty */
	/* What a service has made of a refresh token of its own; NULL: nothing. */
	const struct made_token *given_access;
	const struct made_token *given_refresh;

	/* Made by issue_begin. */
	struct token access;
	struct refresh_token refresh;
	struct str refresh_text; /* empty: none */
	struct str id_token;     /* empty: openid was not granted */
};

/* ERR_ACCESS_DENIED if the user is gone or disabled. */
MUST_USE enum err issue_load_user(const struct context *, struct id, struct user *ret);
MUST_USE enum err issue_begin(struct issue *, struct grant_outcome *ret);
MUST_USE enum err issue_store(struct store *, const struct issue *);

#endif
