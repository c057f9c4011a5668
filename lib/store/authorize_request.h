/* Authorization requests that wait for their user, as stored. */
#ifndef LIB_STORE_AUTHORIZE_REQUEST_H
#define LIB_STORE_AUTHORIZE_REQUEST_H

#include "lib/store/store.h"

struct authorize_request {
	struct id id;
	struct digest browser; /* of the cookie that ties it to one browser */
	struct id client_id;
	struct str params; /* as they came, form-encoded */
	int64_t login_after_ms;
	int64_t created_ms;
	int64_t expires_ms;
	struct str decision;        /* empty, "approved" or "denied" */
	struct id session_id;       /* that decided it */
	struct id code_id;          /* of the last code that was issued for it */
	struct str network, region; /* of who asked: struct ipaddr_place; written only */
};

MUST_USE enum err authorize_request_insert(struct store *, const struct authorize_request *);
MUST_USE enum err authorize_request_by_id(
	struct store *, struct arena *, struct id, struct authorize_request *ret);
/* Whoever gets OK decides; ERR_NO_ROW for everybody after. */
MUST_USE enum err authorize_request_decide(
	struct store *, struct id, struct str decision, struct id session, struct id code);
/* ERR_NO_ROW unless it is still there; until COMMIT nobody else changes it. */
MUST_USE enum err authorize_request_hold(struct store *, struct id);
MUST_USE enum err authorize_request_set_code(struct store *, struct id, struct id code);
/* How many there are, max at most. */
MUST_USE enum err authorize_request_count(struct store *, int64_t max, int64_t *ret);
/* Deletes rows of those who have most: server/keep/room.h. */
MUST_USE enum err authorize_request_trim(struct store *, int64_t rows, int64_t *ret_deleted);
MUST_USE enum err authorize_request_purge(
	struct store *, int64_t expired_before_ms, int64_t limit, int64_t *ret_deleted);

#endif
