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
/* The one that is due longest; ERR_NO_ROW if none is. */
MUST_USE enum err logout_notice_due(
	struct store *, struct arena *, int64_t now_ms, struct logout_notice *ret);
MUST_USE enum err logout_notice_postpone(struct store *, struct id, int64_t due_ms);
MUST_USE enum err logout_notice_delete(struct store *, struct id);

#endif
