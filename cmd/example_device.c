/*
 * Example: a device without a browser signs somebody in (RFC 8628).
 *
 *	authgate example device --issuer https://auth.example.com --client-id ID
 */
#include "clients/claims.h"
#include "clients/device.h"
#include "clients/id_token.h"
#include "cmd/example.h"

#include <stdio.h>

enum err
example_device(struct example *x, struct diag *diag)
{
	struct discovery server;
	struct device_authorization code;
	struct token_reply token;
	struct claims claims = {0};
	struct device_flow flow = {
		.arena = &x->arena,
		.server = &server,
		.client = x->client,
		.scope = x->scope,
		.cancel_fd = x->cancel_fd,
	};
	struct id_token_check check = {
		.server = &server, .client_id = x->client.id, .cancel_fd = x->cancel_fd};
	enum err e;

	/* 1. Where are the server's endpoints? */
	if ((e = client_discovery_fetch(
		     &x->arena, x->issuer, x->ca_file, x->cancel_fd, &server, diag)))
		return e;

	/* 2. Ask for a code, and show it. */
	if ((e = client_device_request(&flow, &code, diag)))
		return e;
	(void)fprintf(stderr, "Open %.*s and enter %.*s\n", STR_ARG(code.verification_uri),
		STR_ARG(code.user_code));

	/* 3. Ask whether somebody has approved it, at the pace the server wants. */
	if ((e = client_device_wait(&flow, &code, &token, diag)))
		return e;

	/* 4. Believe the id_token only once it is verified. */
	if ((e = client_id_token_check(&x->arena, &check, &token, diag)))
		return e;

	/* 5. Use the token. */
	if ((e = client_claims_fetch(
		     &x->arena, &server, token.access_token, true, x->cancel_fd, &claims, diag)))
		return e;
	(void)printf("Hello, %.*s.\n", STR_ARG(client_claims_account(&claims)));
	return OK;
}
