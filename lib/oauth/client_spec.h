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

/* STR_NONE says nothing; nor does what is empty, if an operator says it.  Lists are words. */
struct client_spec {
	struct str name;
	struct str type;
	struct str auth_method;
	struct str application_type;
	struct str grants; /* short names are understood: device, code, refresh, client */
	struct str response_types;
	struct str scopes;
	struct str redirect_uris;
	struct str post_logout_redirect_uris;
	struct str backchannel_logout_uri;
	struct str token_profile;
	struct str id_token_alg;
	struct str subject_type;
	struct str client_uri;
	struct str logo_uri;
	struct str contacts;
	struct str access_token_typ;
	bool require_pkce;
	bool refresh_always;
	bool introspect_all;
};

struct client_metadata {
	struct client client;             /* all but id, secret, status, owner and times */
	struct registration registration; /* all but id and digest */
};

/* What a client is, as it would be said: where an edit begins. */
struct client_spec client_spec_of(const struct client *);
/* What the members of a document say takes the place of what was said before; copies
 * it.  ERR_INVALID_CLIENT_METADATA, and cx->problem names the member. */
MUST_USE enum err client_spec_read(
	struct context *, enum client_door, const struct json *, struct client_spec *);
/* The same errors, and ERR_INVALID_REDIRECT_URI.  *ret borrows from the spec; other
 * members of it than those that can be said are left as they are. */
MUST_USE enum err client_spec_judge(struct context *, enum client_door, const struct client_spec *,
	struct client_metadata *ret);
/* Whether a name shows as what it is: UTF-8 that neither ends, hides nor turns a line. */
bool client_name_is_honest(struct str);

#endif
