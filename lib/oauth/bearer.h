/*
 * Access tokens that come back to us: at userinfo, introspection, revocation.
 *
 * A token is looked up, not verified: its last claim is the jti, the row of
 * that id holds SHA-256 of the whole token, and only the very text we issued
 * has that digest.  This costs a fiftieth of checking an ECDSA signature and
 * sees a revocation at once.
 */
#ifndef LIB_OAUTH_BEARER_H
#define LIB_OAUTH_BEARER_H

#include "lib/audit/context.h"
#include "lib/store/live_token.h"

/* Says that one of the next two is about to be asked: store_read_ahead. */
void bearer_read_ahead(const struct context *, struct str token);
/* ERR_INVALID_TOKEN unless it is one of ours, alive and not expired; with SCOPE_ADMIN, also
 * unless the session it came of is alive.  One that a service made is shown to that as well:
 * lib/oauth/token_api.h. */
MUST_USE enum err bearer_find(struct context *, struct str token, struct live_token *ret);
/* The same without regard to life or expiry. */
MUST_USE enum err bearer_find_any(const struct context *, struct str token, struct live_token *ret);

/* The same for one that is used here: its audience is ours, which it is too if it was asked
 * for without a resource, whatever jwt.audience says (RFC 9068 section 4). */
MUST_USE enum err bearer_find_for_us(struct context *, struct str token, struct live_token *ret);

/* Counts a token that came back, and the time since metrics_now_us. */
void bearer_count(const struct context *, int64_t started_us, bool is_valid);
/* The same for a token that administers this server: ERR_INSUFFICIENT_SCOPE unless it has
 * SCOPE_ADMIN, is meant for this server, and is of a user who is an admin now.  What changes
 * something takes a sign-in of the last SCOPE_ADMIN_TTL_S too (RFC 9470): a session that
 * somebody found open is not enough.  ERR_STALE_AUTHENTICATION. */
MUST_USE enum err bearer_find_admin(
	const struct context *, struct str token, bool changes, struct live_token *ret);

/* sub: the user's id, or client:<id> for a client's own token. */
struct str bearer_subject(const struct context *, const struct live_token *);

#endif
