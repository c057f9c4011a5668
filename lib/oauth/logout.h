/*
 * Signing out: at a client's wish (OpenID Connect RP-Initiated Logout 1.0), and
 * telling the clients of a session that it has ended (Back-Channel Logout 1.0).
 */
#ifndef LIB_OAUTH_LOGOUT_H
#define LIB_OAUTH_LOGOUT_H

#include "lib/audit/context.h"
#include "lib/base/form.h"
#include "lib/store/client.h"
#include "lib/store/session.h"
#include "lib/store/store.h"

/* What a client asks for. Without a proven client there is none, and no address
 * to return to. */
struct logout_request {
	struct str client_name; /* empty: no client, or not proven */
	struct str return_uri;  /* registered by it, with state; empty: our own page */
	struct str session;     /* that the ID token of the hint was issued for, or empty */
};

/* An error for the person at the browser if the hint is not one of
 * our ID tokens, names another client than client_id, or the address is not
 * registered: nobody is ever sent to an address that was not proven. */
MUST_USE enum err logout_read(struct context *, const struct form *, struct logout_request *ret);

/* The end of a session as a change: the row, the notices to its clients, the
 * audit row. */
struct sign_out {
	const struct context *cx;
	struct id session_id;
	struct id user_id;
	struct str username;
};
enum err logout_store(struct store *, void *sign_out);

/* Sends the logout token that is due longest: ERR_NO_ROW if none is.  Talks to
 * the client's server, so from a thread that may wait.  What has to be written
 * about it comes back as a change. */
MUST_USE enum err logout_send_due(
	const struct context *, store_change **ret_change, void **ret_arg);

#endif
