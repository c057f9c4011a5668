/*
 * What a user let a client do, as the database knows it: the remembered consent
 * and the living families.  lib/oauth/authorization.h makes one thing of both.
 */
#ifndef LIB_STORE_AUTHORIZATION_H
#define LIB_STORE_AUTHORIZATION_H

#include "lib/store/store.h"

struct authorization_client {
	struct id id;
	struct str name;
	struct str consent_scope; /* empty: none is remembered */
	int64_t consent_ms;
};

struct authorization_family {
	struct str scope;
	int64_t created_ms;
	int64_t used_ms; /* its last refresh, or 0 */
};

/* The first client behind `after` that has ever been let in; ERR_NO_ROW at the
 * end.  It need not have anything left. */
MUST_USE enum err authorization_next_client(
	struct store *, struct id user, struct id after, struct id *ret);
MUST_USE enum err authorization_client(struct store *, struct arena *, struct id user,
	struct id client, struct authorization_client *ret);
/* Its families that have a token alive at now_ms, newest first. */
MUST_USE enum err authorization_families(struct store *, struct arena *,
	const struct authorization_client *, struct id user, int64_t now_ms,
	struct authorization_family *list, size_t limit, size_t *ret_count);
/* Whether anything of this user and client is not revoked. */
MUST_USE enum err authorization_is_living(
	struct store *, struct id user, struct id client, bool *ret);

#endif
