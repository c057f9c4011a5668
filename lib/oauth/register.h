/*
 * Dynamic client registration (RFC 7591) and its management (RFC 7592).
 *
 * Off by default.  A new client is pending until an administrator approves it,
 * unless the configuration says otherwise; changing what was approved makes it
 * pending again.  The client secret and the registration access token are 256
 * random bits each, leave the process once, and are stored as SHA-256.
 *
 *	register_permit, register_create                     POST
 *	register_authenticate, register_show, _update, _remove   GET, PUT, DELETE
 */
#ifndef LIB_OAUTH_REGISTER_H
#define LIB_OAUTH_REGISTER_H

#include "lib/oauth/client_metadata.h"

/* The reply, and the change to commit before it leaves (NULL: none). */
struct register_answer {
	struct str body;
	store_change *change;
	void *change_arg;
};

/* Whether this request may register a client: ERR_REGISTRATION_OFF, or
 * ERR_INVALID_TOKEN without the initial access token, if there is one. */
MUST_USE enum err register_permit(const struct context *, struct str authorization);
/* ERR_INVALID_REQUEST if the body is no JSON object, else the errors of
 * client_metadata.h.  The change fails with ERR_TOO_MANY_REQUESTS if too many
 * registered clients have never been used. */
MUST_USE enum err register_create(struct context *, struct str body, struct register_answer *ret);

/* A registered client and the token that proved to be its own. */
struct registered {
	struct client_metadata metadata;
	struct str token;
};

/* The same ERR_INVALID_TOKEN for unknown clients, clients that did not register
 * themselves, and wrong tokens (RFC 7592 section 2). */
MUST_USE enum err register_authenticate(
	struct context *, struct str client_id, struct str authorization, struct registered *ret);
MUST_USE enum err register_show(
	struct context *, const struct registered *, struct register_answer *ret);
/* Replaces the metadata as a whole: what is left out goes back to its default. */
MUST_USE enum err register_update(
	struct context *, const struct registered *, struct str body, struct register_answer *ret);
/* Ends the client and all its tokens; there is no body. */
MUST_USE enum err register_remove(
	struct context *, const struct registered *, struct register_answer *ret);

#endif
