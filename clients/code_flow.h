/*
 * The authorization code grant with PKCE (RFC 6749 section 4.1, RFC 7636), as a
 * native application uses it (RFC 8252): where the browser is to go, what the
 * answer means, and the exchange.
 */
#ifndef CLIENTS_CODE_FLOW_H
#define CLIENTS_CODE_FLOW_H

#include "clients/token_endpoint.h"

struct code_flow {
	struct arena *arena;
	const struct discovery *server;
	struct client_identity client;
	struct str scope; /* may be empty */
	struct str redirect_uri;
	bool again; /* prompt=login: even if the browser is signed in */
	int cancel_fd;
	/* Made by client_code_begin. */
	struct str url; /* for the browser */
	struct str state;
	struct str nonce;
	struct str verifier; /* secret until the exchange */
};

/* Makes state, nonce and verifier, 256 random bits each, and the address. */
MUST_USE enum err client_code_begin(struct code_flow *, struct diag *);
/*
 * Judges the query string that came back.  state comes first: anything with
 * another state is not ours, and ERR_CSRF says so; nothing else in it has been
 * looked at, and a caller that goes on waiting cannot be stopped by strangers.
 * Then iss (RFC 9207), then error, then code.
 */
MUST_USE enum err client_code_judge(
	const struct code_flow *, struct str query, struct str *ret_code, struct diag *);
/* Exchanges the code, once, and verifies the id_token if there is one. */
MUST_USE enum err client_code_exchange(
	const struct code_flow *, struct str code, struct token_reply *ret, struct diag *);

#endif
