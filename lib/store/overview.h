/*
 * What operators look through, and end: grants, access tokens, sessions and
 * device requests of everybody.  One row type serves all four; what a kind does
 * not have is empty.  Nothing in it is a credential.
 */
#ifndef LIB_STORE_OVERVIEW_H
#define LIB_STORE_OVERVIEW_H

#include "lib/store/store.h"

struct overview {
	struct id id;
	struct id family_id; /* of a token: the grant it came from */
	struct id client_id;
	struct id user_id;
	struct str kind; /* of a grant: "device", "code", "client" */
	struct str client_name;
	struct str username;
	struct str scope;
	struct str state; /* of a device request */
	struct str
		user_code; /* its first half: enough to tell it from others, too little to use it */
	struct str ip;
	struct str user_agent;
	int64_t created_ms;
	int64_t used_ms;
	int64_t expires_ms;
	int64_t disabled_ms;
	int64_t revoked_ms;
};

/* Which ones; family goes with neither user nor client. */
struct overview_query {
	struct id before;     /* all ones: from the newest */
	int64_t living_at_ms; /* only what was neither revoked, disabled nor expired; 0: all */
	struct id user;
	struct id client;
	struct id family;
	size_t limit;
};

/* Newest first, at most q->limit into list; tokens of a user or a client by their grants, newest
 * first.  A list looks at SEARCH_REACH rows at once, however few it finds among them; *ret_next is
 * the `before` of what follows, zero at the end. */
MUST_USE enum err overview_grants(struct store *, struct arena *, const struct overview_query *,
	struct overview *list, size_t *ret_count, struct id *ret_next);
MUST_USE enum err overview_tokens(struct store *, struct arena *, const struct overview_query *,
	struct overview *list, size_t *ret_count, struct id *ret_next);
MUST_USE enum err overview_sessions(struct store *, struct arena *, const struct overview_query *,
	struct overview *list, size_t *ret_count, struct id *ret_next);
MUST_USE enum err overview_devices(struct store *, struct arena *, const struct overview_query *,
	struct overview *list, size_t *ret_count, struct id *ret_next);

/* Who remembers to have let a client in, in the order of the users' ids, which are
 * the ids of these rows. */
MUST_USE enum err overview_consents(struct store *, struct arena *, struct id client,
	struct id after, struct overview *list, size_t limit, size_t *ret_count,
	struct id *ret_next);

/* Stops a grant, or with 0 lets it go on; ERR_NO_ROW if it is so already. */
MUST_USE enum err overview_set_grant_disabled(
	struct store *, struct id family, int64_t disabled_ms);
/* A request that has not become tokens yet; ERR_NO_ROW otherwise. */
MUST_USE enum err overview_deny_device(struct store *, struct id, int64_t now_ms);

#endif
