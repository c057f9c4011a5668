/*
 * Signing in, whichever way: chooses the flow, runs it, and falls back to a
 * device code when no browser opens or nothing comes back.
 */
#ifndef CLIENTS_SIGN_IN_H
#define CLIENTS_SIGN_IN_H

#include "clients/login_screen.h"

struct sign_in {
	struct arena *arena;
	const struct discovery *server;
	struct client_identity client;
	struct str scope;
	struct str redirect_uri; /* empty: a loopback address of our own */
	enum login_flow flow;    /* FLOW_AUTO: look around and choose */
	bool no_open;            /* only show the address */
	bool again;              /* even if the browser is signed in already */
	int64_t timeout_s;       /* 0: three minutes, or as long as the code lives */
	int cancel_fd;
	struct login_screen *screen;
};

/* Everything that can be verified about the reply has been.  ERR_LOGIN_REQUIRED
 * when nobody is here to sign in. */
MUST_USE enum err client_sign_in(struct sign_in *, struct token_reply *ret, struct diag *);

#endif
