/*
 * What a token is, told to clients that may know (RFC 7662), and its end at
 * its client's wish (RFC 7009).
 *
 * A client sees and revokes tokens of its own.  A confidential client may also
 * look at access tokens that were made for it as a resource server: those whose
 * audience names it, or all of them if an operator lets it (introspect_all; each look is
 * noted).  Everything else is inactive to it, without a reason.
 */
#ifndef LIB_OAUTH_INTROSPECT_H
#define LIB_OAUTH_INTROSPECT_H

#include "lib/audit/context.h"
#include "lib/base/buf.h"
#include "lib/store/client.h"
#include "lib/store/store.h"

/* Appends the answer: {"active":false} unless the token is alive and the
 * client may know it.  *ret_other is the token's client if only introspect_all lets it. */
MUST_USE enum err introspect_write(struct context *, const struct client *, struct str token,
	struct buf *out, struct id *ret_other);

/* What has to be written to end this token: *ret_change stays NULL when there
 * is nothing (unknown, dead already, another client's). A refresh token takes
 * its whole family with it. */
MUST_USE enum err revoke_prepare(const struct context *, const struct client *, struct str token,
	store_change **ret_change, void **ret_arg);

#endif
