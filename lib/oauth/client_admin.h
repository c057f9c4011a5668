/*
 * Clients as an operator makes and changes them.
 */
#ifndef LIB_OAUTH_CLIENT_ADMIN_H
#define LIB_OAUTH_CLIENT_ADMIN_H

#include "lib/oauth/client_spec.h"

/* A new client: the row, and for a confidential one its secret, which is shown
 * once and of which only the digest is stored.  ERR_INVALID_CLIENT_METADATA or
 * ERR_INVALID_REDIRECT_URI with what is wrong in cx->problem. */
struct client_creation {
	const struct context *cx;
	struct client client;
	struct str secret; /* empty for a public client */
};
MUST_USE enum err client_creation_prepare(
	struct context *, const struct client *, struct client_creation *ret);
enum err client_creation_store(struct store *, void *client_creation);

/* An edit of a client that was read: everything but type, secret and status.
 * ERR_RACE if somebody else has changed it since. */
struct client_edit {
	const struct context *cx;
	struct client client;
	int64_t was_updated_ms;
	bool could_introspect_all; /* a right whose coming and going the trail names */
};
MUST_USE enum err client_edit_prepare(
	struct context *, const struct client *was, const struct client *, struct client_edit *ret);
enum err client_edit_store(struct store *, void *client_edit);

/* What follows is a change of a client that was read.  If somebody else has
 * changed it since held_ms, its updated_ms then, it is ERR_RACE; 0: whatever it is. */

/* A new secret for a confidential client; the old one counts for that long. */
enum { CLIENT_SECRET_KEPT_MAX_S = 30 * 24 * 3600 };
struct client_rotation {
	const struct context *cx;
	int64_t held_ms;
	struct client client;
	struct str secret;
	struct digest digest;
	int64_t old_expires_ms;
};
MUST_USE enum err client_rotation_prepare(
	struct context *, const struct client *, int64_t keep_old_s, struct client_rotation *ret);
enum err client_rotation_store(struct store *, void *client_rotation);

/* active, pending or disabled.  A client that is not active gets no token, and
 * those it has are dead until it is active again.  A decision is about one that is
 * pending, and ERR_CLIENT_NOT_PENDING if it is not any more. */
struct client_status_change {
	const struct context *cx;
	int64_t held_ms;
	struct id id;
	struct str status;
	bool is_decision;
};
enum err client_status_store(struct store *, void *client_status_change);

struct client_deletion {
	const struct context *cx;
	int64_t held_ms;
	struct id id;
};
enum err client_deletion_store(struct store *, void *client_deletion);

#endif
