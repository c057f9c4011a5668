/* Authorization codes (RFC 6749 section 4.1.2) as stored. */
#ifndef LIB_STORE_AUTH_CODE_H
#define LIB_STORE_AUTH_CODE_H

#include "lib/store/store.h"

struct auth_code {
	struct id id;
	struct digest digest;
	struct id family_id; /* of the tokens it will become */
	struct id client_id;
	struct id user_id;
	struct id session_id;
	struct str redirect_uri; /* as sent; empty: not sent */
	struct str scope;
	struct str resource;
	struct str nonce;
	struct str code_challenge; /* S256; empty: none */
	struct str state;          /* "issued", "redeemed", "burnt" */
	int64_t failures;
	int64_t auth_ms; /* as amr: of the session */
	struct str amr;
	int64_t created_ms;
	int64_t expires_ms;
	int64_t client_epoch_ms; /* the client's when it was issued: migrations/0007 */
};

MUST_USE enum err auth_code_insert(struct store *, const struct auth_code *);
/* Says that auth_code_by_id is about to be asked: store_read_ahead. */
void auth_code_by_id_ahead(struct store *, struct id);
MUST_USE enum err auth_code_by_id(struct store *, struct arena *, struct id, struct auth_code *ret);
/* Puts the id, text and times of `by` in the place of a code that is still issued;
 * ERR_NO_ROW if it is not, or the client's epoch is another one. */
MUST_USE enum err auth_code_replace(struct store *, struct id, const struct auth_code *by);
/* issued -> redeemed, exactly once, if client, user and expiry still allow it. */
MUST_USE enum err auth_code_redeem(struct store *, struct id, int64_t now_ms);
/* Counts a wrong verifier; the one that reaches `max` burns the code. */
MUST_USE enum err auth_code_fail(struct store *, struct id, int64_t max);
/* Ends the codes that came of a session and were not redeemed. */
MUST_USE enum err auth_code_burn_of_session(struct store *, struct id user, struct id session);
MUST_USE enum err auth_code_purge(
	struct store *, int64_t expired_before_ms, int64_t limit, int64_t *ret_deleted);

#endif
