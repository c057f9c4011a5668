/*
 * Example: a program signs itself in, without a person (RFC 6749 section 4.4).  Only
 * for confidential clients; the secret comes from standard input.
 *
 *	authgate example machine --issuer https://auth.example.com --client-id ID \
 *	    --client-secret-stdin < secret
 */
#include "cmd/example.h"

#include "clients/terminal.h"
#include "lib/base/form.h"
#include "lib/base/json.h"
#include "lib/http/fetch.h"

#include <inttypes.h>
#include <stdio.h>

/* authgate's own address, which no metadata names; other servers have none. */
static enum err
print_tokeninfo(struct example *x, struct str access_token, struct diag *diag)
{
	struct fetch_request request = {
		.url = str_printf(&x->arena, "%.*s/oauth/tokeninfo", STR_ARG(x->issuer)),
		.bearer = access_token,
		.cancel_fd = x->cancel_fd,
		.ca_file = x->ca_file,
	};
	struct fetch_reply reply;
	struct json *info;
	enum err e;

	if ((e = fetch(&x->arena, &request, &reply, diag)))
		return e;
	if (reply.status != 200 || json_parse(reply.body, FETCH_BODY_MAX, &info, NULL))
		return OK;
	(void)printf("It belongs to %.*s.\n",
		STR_ARG(client_terminal_clean(&x->arena, json_get_str(info, "user_id"), false)));
	json_free(info);
	return OK;
}

enum err
example_machine(struct example *x, struct diag *diag)
{
	struct discovery server;
	struct token_reply token;
	struct buf form;
	const struct token_call call = {
		.server = &server,
		.client = &x->client,
		.form = &form,
		.cancel_fd = x->cancel_fd,
	};
	enum err e;

	/* 1. Where is the token endpoint? */
	if ((e = client_discovery_fetch(
		     &x->arena, x->issuer, x->ca_file, x->cancel_fd, &server, diag)))
		return e;

	/* 2. One request. Ask again when the token ends: there is no refresh token here. */
	client_token_form(&form, &x->arena, &x->client, "client_credentials");
	if (!str_empty(x->scope))
		form_add(&form, "scope", x->scope);
	if ((e = client_token_request(&x->arena, &x->arena, &call, &token, diag)))
		return e;
	(void)printf("A token for %" PRId64 " seconds, scope \"%.*s\".\n", token.expires_in_s,
		STR_ARG(token.scope));

	/* 3. What does the server know of it? */
	if ((e = print_tokeninfo(x, token.access_token, diag)))
		return e;

	/* 4. Give it back when the work is done (RFC 7009). */
	e = client_token_revoke(&x->arena, &server, &x->client, token.access_token, "access_token",
		x->cancel_fd, diag);
	if (!e)
		(void)puts("Revoked.");
	return e == ERR_NO_ROW ? OK : e;
}
