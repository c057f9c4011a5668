/*
 * What a client asks for, and what it is given of it (RFC 6749 section 3.3, OpenID Connect
 * Core sections 3.1.2.1 and 11).
 *
 * A sign-in (openid) ignores scopes that mean nothing here, as OpenID Connect wants it.
 * Without openid they are an error, and what means something but is not the client's is one
 * always.  offline_access is ignored where there could be no refresh token.  The answer says
 * what was granted, and is never empty for a person's token.
 *
 * ERR_INVALID_SCOPE, and cx->problem names the scope.
 */
#ifndef LIB_OAUTH_CLIENT_SCOPE_H
#define LIB_OAUTH_CLIENT_SCOPE_H

#include "lib/audit/context.h"
#include "lib/store/client.h"

/* Of a person's sign-in: at most `allowed`; all of it if nothing is asked for. */
MUST_USE enum err client_scope_for_person(struct context *, const struct client *, struct str asked,
	struct str allowed, struct str *ret);
/* Of the client itself: without openid, which some libraries always send.  May be empty. */
MUST_USE enum err client_scope_for_machine(
	struct context *, const struct client *, struct str asked, struct str *ret);
/* What a person is told: with offline_access if the client lasts without asking for it. */
struct str client_scope_shown(const struct context *, const struct client *, struct str scope);
/* Whether it can have refresh tokens at all. */
bool client_may_refresh(const struct context *, const struct client *);

#endif
