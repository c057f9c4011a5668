/*
 * Client metadata (RFC 7591 section 2, OpenID Connect Registration section 2):
 * what a client says about itself, read, and judged by lib/oauth/client_spec.h.
 *
 * Members that we do not know are ignored, as section 2 demands; those whose
 * neglect would weaken the client, and those that would make us fetch
 * something, are refused by name.  Nothing is ever fetched.
 */
#ifndef LIB_OAUTH_CLIENT_METADATA_H
#define LIB_OAUTH_CLIENT_METADATA_H

#include "lib/oauth/client_spec.h"

enum { CLIENT_METADATA_MAX = 64 * 1024 };

/* Everything lives in the arena.  ERR_INVALID_REDIRECT_URI,
 * ERR_INVALID_CLIENT_METADATA, ERR_UNAPPROVED_SOFTWARE_STATEMENT; cx->problem
 * names the member. */
MUST_USE enum err client_metadata_read(
	struct context *, const struct json *, struct client_metadata *ret);
/* Appends the members that were registered to an object being written. */
void client_metadata_write(struct buf *, const struct client_metadata *);

#endif
