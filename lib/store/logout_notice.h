/* Logout tokens that wait to be sent, as stored. */
#ifndef LIB_STORE_LOGOUT_NOTICE_H
#define LIB_STORE_LOGOUT_NOTICE_H

#include "lib/store/store.h"

struct logout_notice {
	struct id id;
	struct id client_id;
	struct id user_id;
	struct id session_id;
	int64_t attempts;
	int64_t due_ms;
	struct str uri; /* the client's backchannel_logout_uri, read with the row */
	struct str id_token_alg;
};

/* One for every client that has an address for it and tokens from this session. */
MUST_USE enum err logout_notice_make(struct store *, struct id session, int64_t now_ms);
/* The same for all sessions of a user but one, while they still exist. */
MUST_USE enum err logout_notice_make_others(
	struct store *, struct id user, struct id kept, int64_t now_ms);
/* A client to which something is due. */
struct logout_due_client {
	struct id id;
	bool is_stranger; /* it registered itself */
};

enum { LOGOUT_DUE_CLIENTS_MAX = 256 };

/* OK if one is due, ERR_NO_ROW if none is. */
MUST_USE enum err logout_notice_is_due(struct store *, int64_t now_ms);
/* At most LOGOUT_DUE_CLIENTS_MAX: those of operators before those of strangers, and
 * who waits longest first. */
MUST_USE enum err logout_notice_due_clients(
	struct store *, int64_t now_ms, struct logout_due_client *ret, size_t *ret_count);
MUST_USE enum err logout_notice_due_of_client(struct store *, struct arena *, struct id client,
	int64_t now_ms, size_t limit, struct logout_notice *ret, size_t *ret_count);
MUST_USE enum err logout_notice_postpone(struct store *, struct id, int64_t due_ms);
MUST_USE enum err logout_notice_delete(struct store *, struct id);
/* All that are due to a client and were tried so often at most become due at that
 * instant, as if nobody had looked. */
MUST_USE enum err logout_notice_postpone_client(
	struct store *, struct id client, int64_t now_ms, int64_t due_ms, int64_t attempts_max);
/* Forgets those of a client that are older. */
MUST_USE enum err logout_notice_expire_client(
	struct store *, struct id client, int64_t created_before_ms);

#endif
