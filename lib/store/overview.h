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
	struct str ip;
	struct str user_agent;
	int64_t created_ms;
	int64_t used_ms;
	int64_t expires_ms;
	int64_t disabled_ms;
	int64_t revoked_ms;
};

/* Which ones: at most one of user, client and family is not zero. */
struct overview_query {
	struct id before; /* all ones: from the newest */
	struct id user;
	struct id client;
	struct id family;
	size_t limit;
};

/* Newest first, at most q->limit into list. */
MUST_USE enum err overview_grants(struct store *, struct arena *, const struct overview_query *,
	struct overview *list, size_t *ret_count);
MUST_USE enum err overview_tokens(struct store *, struct arena *, const struct overview_query *,
	struct overview *list, size_t *ret_count);
MUST_USE enum err overview_sessions(struct store *, struct arena *, const struct overview_query *,
	struct overview *list, size_t *ret_count);
MUST_USE enum err overview_devices(struct store *, struct arena *, const struct overview_query *,
	struct overview *list, size_t *ret_count);

/* A request that has not become tokens yet; ERR_NO_ROW otherwise. */
MUST_USE enum err overview_deny_device(struct store *, struct id, int64_t now_ms);

#endif
