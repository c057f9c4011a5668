/*
 * What is said about a client, by an operator or by itself (RFC 7591 section 2,
 * OpenID Connect Registration section 2), and the one judgement of it.
 *
 * Both doors have the same rules, from one table; what they call a member, what it
 * is when nothing is said, and how much of it there may be are columns.
 */
#ifndef LIB_OAUTH_CLIENT_SPEC_H
#define LIB_OAUTH_CLIENT_SPEC_H

#include "lib/audit/context.h"
#include "lib/base/json.h"
#include "lib/store/registration.h"

enum { CLIENT_NAME_MAX = 128 };

enum client_door { CLIENT_BY_OPERATOR, CLIENT_BY_ITSELF, CLIENT_DOORS };

/* What is said, and what is kept of it.  Of what is said, STR_NONE is nothing; so is what is
 * empty, if an operator says it.  Lists are words; short names of grants are understood. */
struct client_metadata {
	struct client client;             /* all but id, secret, status, owner and times */
	struct registration registration; /* all but id and digest */
	struct str response_types;        /* said only */
	struct str subject_type;          /* said only */
};

/* What the members of a document say takes the place of what was said before; copies
 * it.  An edit begins with the client as it is.  ERR_INVALID_CLIENT_METADATA, and cx->problem
 * names the member. */
MUST_USE enum err client_spec_read(
	struct context *, enum client_door, const struct json *, struct client_metadata *said);
/* The same errors, and ERR_INVALID_REDIRECT_URI.  *ret borrows from what is said; other
 * members of it than those that can be said are left as they are. */
MUST_USE enum err client_spec_judge(struct context *, enum client_door,
	const struct client_metadata *said, struct client_metadata *ret);

#endif
