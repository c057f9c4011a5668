/*
 * Example: a program on the person's own machine signs them in with their browser
 * (RFC 8252): authorization code with PKCE, answered to a loopback address.  With a
 * client secret it is a confidential client; PKCE stays.
 *
 *	authgate example code --issuer https://auth.example.com --client-id ID
 */
#include "clients/claims.h"
#include "clients/code_flow.h"
#include "clients/loopback.h"
#include "cmd/example.h"

#include <stdio.h>

enum { PATIENCE_S = 300 };

/* Steps 3 to 5, with the listener open. */
static enum err
sign_in(struct loopback *loopback, struct code_flow *flow, struct token_reply *token,
	struct diag *diag)
{
	struct loopback_wait wait = {.flow = flow, .timeout_s = PATIENCE_S};
	struct str code;
	enum err e;

	/* 3. Fresh state, nonce and PKCE verifier; the address holds all but the last. */
	flow->redirect_uri = loopback->redirect_uri;
	if ((e = client_code_begin(flow, diag)))
		return e;
	(void)fprintf(stderr, "Open %.*s\n", STR_ARG(flow->url));

	/* 4. Wait for the browser; only an answer with our state counts. */
	if ((e = client_loopback_wait(loopback, &wait, &code, diag)))
		return e;

	/* 5. Exchange the code, once; this verifies the id_token and its nonce as well. */
	e = client_code_exchange(flow, code, token, diag);
	client_loopback_finish(
		loopback, e ? "Not signed in" : "Signed in", "You may close this window.");
	return e;
}

enum err
example_code(struct example *x, struct diag *diag)
{
	struct discovery server;
	struct loopback loopback;
	struct token_reply token;
	struct claims claims = {0};
	struct code_flow flow = {
		.arena = &x->arena,
		.server = &server,
		.client = x->client,
		.scope = x->scope,
		.cancel_fd = x->cancel_fd,
	};
	enum err e;

	/* 1. Where are the server's endpoints? */
	if ((e = client_discovery_fetch(
		     &x->arena, x->issuer, x->ca_file, x->cancel_fd, &server, diag)))
		return e;

	/* 2. Listen before anybody is told where. */
	if ((e = client_loopback_open(&x->arena, STR_NONE, &loopback, diag)))
		return e;
	e = sign_in(&loopback, &flow, &token, diag);
	client_loopback_close(&loopback);

	/* 6. Use the token. */
	if (!e)
		e = client_claims_fetch(
			&x->arena, &server, token.access_token, true, x->cancel_fd, &claims, diag);
	if (!e)
		(void)printf("Hello, %.*s.\n", STR_ARG(client_claims_account(&claims)));
	return e;
}
