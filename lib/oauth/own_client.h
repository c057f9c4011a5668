/*
 * Clients that people make for themselves.  They say less of them than an operator does, and what
 * they make or change waits for an operator's approval if apps.approval says so: an application
 * that was approved is not another one tomorrow.
 */
#ifndef LIB_OAUTH_OWN_CLIENT_H
#define LIB_OAUTH_OWN_CLIENT_H

#include "lib/oauth/client_admin.h"
#include "lib/store/user.h"

/* What of a client people may say: the rest is as it was, or as nothing said. */
struct client own_client_said(const struct client *said, const struct client *was);

struct own_client {
	const struct context *cx;
	struct user owner;
	int64_t limit; /* how many one person may have */
	bool waits;    /* for approval */
	struct client_creation creation;
	struct client_edit edit;
};
/* The errors of client_creation_prepare and client_edit_prepare; a scope that people may not ask
 * for is ERR_INVALID_CLIENT_METADATA. */
MUST_USE enum err own_client_make_prepare(
	struct context *, const struct user *, const struct client *, struct own_client *ret);
/* ERR_APPS_FULL if they have enough. */
enum err own_client_make_store(struct store *, void *own_client);
MUST_USE enum err own_client_edit_prepare(struct context *, const struct user *,
	const struct client *was, const struct client *, struct own_client *ret);
enum err own_client_edit_store(struct store *, void *own_client);
/* One of theirs; ERR_NO_ROW for any other, so that nobody learns whether there is one. */
MUST_USE enum err own_client_find(
	struct context *, const struct user *, struct id, struct client *ret);

#endif
