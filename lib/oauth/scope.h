/*
 * Scopes (RFC 6749 section 3.3): words separated by one space.
 */
#ifndef LIB_OAUTH_SCOPE_H
#define LIB_OAUTH_SCOPE_H

#include "lib/base/str.h"

enum { SCOPE_MAX = 1024 };

/* Lets its bearer administer the server, if and while the user is an admin
 * (bearer_find_admin).  Only by the authorization code flow, only when it is asked
 * for by name, with a consent each time, for a quarter of an hour, and no longer than the
 * session: a refresh token never has it. */
#define SCOPE_ADMIN "authgate:admin"
enum { SCOPE_ADMIN_TTL_S = 900 };

/* What `requested` asks for, if it is well formed and no more than `allowed`;
 * without a request, all that is allowed.  Repeated words are dropped, the
 * order of the request is kept.  ERR_INVALID_SCOPE otherwise: a scope is never
 * silently narrowed or widened. */
MUST_USE enum err scope_grant(
	struct arena *, struct str requested, struct str allowed, struct str *ret);
/* Words of printable ASCII, not longer than SCOPE_MAX together. */
bool scope_is_well_formed(struct str);
bool scope_has(struct str list, struct str scope);
/* True if every word of `asked` is in `list`. */
bool scope_covers(struct str list, struct str asked);
/* Words of a that are in b; words of a and then those of b that a lacks. */
struct str scope_intersection(struct arena *, struct str a, struct str b);
struct str scope_union(struct arena *, struct str a, struct str b);
/* The words of `list` but that one. */
struct str scope_without(struct arena *, struct str list, const char *word);
/* The scopes of `list` that make sense without a person: drops openid, profile,
 * email, offline_access and SCOPE_ADMIN.  Where that leaves nothing, profile and email stay:
 * they are mere words then, and the Go original gave them to machines. */
struct str scope_for_machines(struct arena *, struct str list);
/* True for a scope that takes a person. */
bool scope_is_personal(struct str scope);

#endif
