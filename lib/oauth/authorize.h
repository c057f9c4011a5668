/*
 * The authorization endpoint's rules (RFC 6749 section 4.1, OpenID Connect
 * Core section 3.1.2, RFC 9700, RFC 9207), without HTTP.
 *
 * A request is read by authorize_read.  Until client and redirect URI are
 * proven, an error is for the person at the browser only: authorize_read
 * returns it.  From then on an error belongs to the client: authorize_read
 * returns OK and `error` is set.
 *
 * A request that needs its user waits as a row (lib/store/authorize_request.h)
 * that holds the parameters as they came; every step reads them anew, so
 * nothing is ever trusted because it was once looked at.
 */
#ifndef LIB_OAUTH_AUTHORIZE_H
#define LIB_OAUTH_AUTHORIZE_H

#include "lib/audit/context.h"
#include "lib/base/form.h"
#include "lib/store/auth_code.h"
#include "lib/store/authorize_request.h"
#include "lib/store/client.h"
#include "lib/store/session.h"
#include "lib/store/user.h"

enum prompt {
	PROMPT_NONE = 1 << 0,
	PROMPT_LOGIN = 1 << 1,
	PROMPT_CONSENT = 1 << 2,
	PROMPT_SELECT_ACCOUNT = 1 << 3,
};

struct authorize {
	struct client client;
	struct str redirect_uri; /* where answers go; proven */
	bool redirect_uri_sent;
	bool form_post; /* response_mode; else query */
	struct str state;

	enum err error; /* OK, or what the client is told */
	struct str problem;

	struct str scope;
	struct str resource;
	struct str nonce;
	struct str code_challenge;
	struct str login_hint;
	struct str ui_locales;
	struct str wished_scope;   /* of the parameter claims, as far as the client may have it */
	struct str hinted_subject; /* sub of a valid id_token_hint, or of claims; or empty */
	unsigned prompt;           /* enum prompt bits */
	int64_t max_age_s;         /* -1: not asked */
};

MUST_USE enum err authorize_read(struct context *, const struct form *, struct authorize *ret);

/* What has to happen next. */
enum authorize_step {
	STEP_ANSWER_ERROR, /* tell the client `error` */
	STEP_LOGIN,
	STEP_CONSENT,
	STEP_ISSUE,
};

/* session and user are NULL for a browser that is not signed in.
 * login_after_ms: 0, or the instant after which the sign-in must lie. May set
 * a->error. */
MUST_USE enum err authorize_next(const struct context *, struct authorize *a,
	const struct session *, const struct user *, int64_t login_after_ms,
	enum authorize_step *ret);
/* Whether the browser may be sent to the client with an error at once.  RFC 9700
 * section 4.11.2: only after the user has been authenticated, or silently; and only if
 * the address is trusted, which that of a client that registered itself is not, unless
 * an operator had to approve it. */
MUST_USE enum err authorize_may_redirect(
	const struct context *, const struct authorize *, const struct session *, bool *ret);
/* The instant that a request arriving now demands of the sign-in. */
int64_t authorize_login_after(const struct context *, const struct authorize *);

/* Puts the request aside for this browser. */
struct authorize_waiting {
	struct authorize_request row;
};
MUST_USE enum err authorize_wait(const struct context *, const struct authorize *,
	const struct form *, struct str browser, struct authorize_waiting *ret);
enum err authorize_store_waiting(struct store *, void *authorize_waiting);
/* The request of this id and this browser, read again, waiting or decided (row
 * says which).  ERR_NO_ROW if it is another browser's, or too old. */
MUST_USE enum err authorize_resume(struct context *, struct str id, struct str browser,
	struct authorize_request *ret_row, struct authorize *ret);

/* True if this session has decided it before, in the same way. */
bool authorize_is_same_decision(
	const struct authorize_request *, bool approve, const struct session *);

/* A user's decision as one change: decides the waiting request, remembers the
 * consent, stores the code.  The same decision of the same session made again is the
 * same: its code takes the place of the first. ERR_DECIDED if it has been decided
 * otherwise, or the first code has been used. */
struct authorize_decision {
	const struct context *cx;
	struct id session_id; /* that decides */
	int64_t session_began_ms;
	struct id request_id; /* zero: nothing was waiting */
	struct client client;
	struct user user;
	bool approve;
	bool remember;
	struct auth_code code;
};
/* Makes the code; ret_text is what the client gets. */
MUST_USE enum err authorize_issue(const struct context *, const struct authorize *,
	const struct session *, const struct user *, struct authorize_decision *ret,
	struct str *ret_text);
enum err authorize_store_decision(struct store *, void *authorize_decision);

/* The parameters of the answer, state and iss (RFC 9207) included: either code
 * is not empty or a->error is set. */
struct answer {
	struct form_field fields[5];
	size_t count;
};
void authorize_answer(
	const struct context *, const struct authorize *, struct str code, struct answer *ret);
/* redirect_uri with the answer in its query. */
MUST_USE enum err authorize_answer_uri(
	struct arena *, const struct authorize *, const struct answer *, struct str *ret);

#endif
