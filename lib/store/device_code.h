/* Device authorization requests (RFC 8628) as stored. */
#ifndef LIB_STORE_DEVICE_CODE_H
#define LIB_STORE_DEVICE_CODE_H

#include "lib/store/session.h"

struct device_code {
	struct id id;
	struct digest digest;
	struct str user_code; /* canonical: lib/oauth/user_code.h */
	struct id client_id;
	struct str scope;
	struct str resource; /* as that of a family */
	struct str state;    /* "pending", "approved", "denied", "redeemed" */
	struct id user_id;
	int64_t auth_ms; /* as amr: of the session that approved it */
	struct str amr;
	int64_t interval_s;
	struct str ip;
	struct str network; /* of ip, as the next: struct ipaddr_place */
	struct str region;  /* written only */
	struct str user_agent;
	bool typed_back;   /* no tokens before digits of the page were typed at the device */
	struct str digits; /* those, once it is approved */
	int64_t digit_tries;
	int64_t created_ms;
	int64_t expires_ms;
	int64_t client_epoch_ms; /* the client's when it asked: migrations/0007 */
};

/* ERR_ROW_EXISTS if the user_code is taken. */
MUST_USE enum err device_code_insert(struct store *, const struct device_code *);
/* Says that device_code_by_id is about to be asked: store_read_ahead. */
void device_code_by_id_ahead(struct store *, struct id);
MUST_USE enum err device_code_by_id(
	struct store *, struct arena *, struct id, struct device_code *ret);
MUST_USE enum err device_code_by_user_code(
	struct store *, struct arena *, struct str user_code, struct device_code *ret);
/* pending -> approved, if it is pending and not expired at now_ms; ERR_NO_ROW otherwise. */
MUST_USE enum err device_code_approve(
	struct store *, struct id, const struct session *by, int64_t now_ms);
/* Of one that has just been approved: what has to be typed at the device. */
MUST_USE enum err device_code_set_digits(struct store *, struct id, struct str digits);
/* pending -> denied, likewise. */
MUST_USE enum err device_code_deny(struct store *, struct id, struct id user, int64_t now_ms);
/* approved -> redeemed, exactly once, if client, user and expiry still allow it. */
MUST_USE enum err device_code_redeem(struct store *, struct id, int64_t now_ms);
/* Takes one of so many tries; ERR_NO_ROW if none is left. */
MUST_USE enum err device_code_try_digits(struct store *, struct id, int64_t most);
/* approved -> denied, if all tries were taken; OK also if not. */
MUST_USE enum err device_code_give_up(struct store *, struct id, int64_t most, int64_t *ret_denied);
MUST_USE enum err device_code_slow_down(struct store *, struct id, int64_t add_s);
/* How many have not expired, max at most. */
MUST_USE enum err device_code_count_open(struct store *, int64_t now_ms, int64_t max, int64_t *ret);
/* How many of that client and network are open when this one is made, max at most. */
MUST_USE enum err device_code_count_of(
	struct store *, const struct device_code *, int64_t max, int64_t *ret);
/* Deletes pending ones, of those who have most: server/keep/room.h. */
MUST_USE enum err device_code_trim(
	struct store *, int64_t now_ms, int64_t rows, int64_t *ret_deleted);
MUST_USE enum err device_code_purge(
	struct store *, int64_t expired_before_ms, int64_t limit, int64_t *ret_deleted);

#endif
