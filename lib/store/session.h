/* Browser sessions: server-side rows, so that signing out is real. */
#ifndef LIB_STORE_SESSION_H
#define LIB_STORE_SESSION_H

#include "lib/store/store.h"

/* RFC 8176 section 2.  The second is none of its words: another server vouches, and does not say
 * how it knows. */
#define AMR_PASSWORD  "pwd"
#define AMR_FEDERATED "fed"

struct session {
	struct id id;
	struct digest digest;
	struct id user_id;
	struct id review_id; /* the device request shown to this browser; zero if none */
	struct str ip;
	struct str user_agent;
	int64_t created_ms;
	int64_t seen_ms;
	int64_t expires_ms;
	int64_t auth_ms;     /* when its person proved who they are; 0: at created_ms */
	struct str amr;      /* how, in the words of RFC 8176; empty: from before that was kept */
	int64_t previous_ms; /* their sign-in before this one, wherever; 0: not known */
};

MUST_USE enum err session_by_id(struct store *, struct arena *, struct id, struct session *ret);
MUST_USE enum err session_insert(struct store *, const struct session *);
MUST_USE enum err session_touch(struct store *, struct id, int64_t seen_ms, int64_t expires_ms);
/* ERR_NO_ROW unless it is still there and still of the sign-in of created_ms; until COMMIT
 * nobody can end or renew it.  For what must not come into being behind the back of somebody
 * who ends it and all that came of it. */
MUST_USE enum err session_hold(struct store *, struct id, int64_t created_ms);
/* The same for all of a user but one, however many there are. */
MUST_USE enum err session_hold_others_of_user(struct store *, struct id user, struct id kept);
MUST_USE enum err session_set_review(struct store *, struct id, struct id device_code);
/* ERR_NO_ROW unless this session was shown this request last; until COMMIT nobody can
 * change that. */
MUST_USE enum err session_hold_review(struct store *, struct id, struct id device_code);
MUST_USE enum err session_delete_of_user(struct store *, struct id user);
/* ERR_NO_ROW if it is another user's. */
MUST_USE enum err session_delete_one_of_user(struct store *, struct id, struct id user);
MUST_USE enum err session_delete_others_of_user(
	struct store *, struct id user, struct id kept, int64_t *ret_deleted);
/* A new secret and a new beginning for a session that goes on, with no device request under
 * review; ERR_NO_ROW if it has ended. */
MUST_USE enum err session_renew(struct store *, const struct session *);
/* The user's sessions that have not expired and were used after seen_after_ms,
 * newest first, those before `before`; at most limit into list. */
struct session_query {
	struct id user;
	struct id before; /* all ones: from the newest */
	int64_t now_ms;
	int64_t seen_after_ms;
};
MUST_USE enum err session_list_of_user(struct store *, struct arena *, const struct session_query *,
	struct session *list, size_t limit, size_t *ret_count);
/* Deletes at most limit expired rows. */
MUST_USE enum err session_purge(
	struct store *, int64_t now_ms, int64_t limit, int64_t *ret_deleted);

#endif
