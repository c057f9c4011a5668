/*
 * Signing out, at a client's wish too (OpenID Connect RP-Initiated Logout 1.0).  The
 * other clients of the session are told by logout_delivery.h.
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
	bool is_proven;         /* by an ID token of ours: an application that was signed in to */
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

#endif
