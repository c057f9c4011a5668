/* Revokes sign-ins. */
#include "clients/revocation.h"

#include "clients/token_endpoint.h"

enum err
client_revocation_send(
	struct arena *arena, const struct stored_token *token, int cancel_fd, struct diag *diag)
{
	const struct client_identity client = client_stored_token_identity(token);
	struct discovery server;
	enum err e;

	if ((e = client_discovery_fetch(
		     arena, token->issuer, token->ca_file, cancel_fd, &server, diag)))
		return e;
	if (!str_empty(token->refresh_token)) {
		if ((e = client_token_revoke(arena, &server, &client, token->refresh_token,
			     "refresh_token", cancel_fd, diag)))
			return e;
		/* Its access tokens ended with it; a server that cannot revoke those by
		 * themselves may say so now (RFC 7009 section 2.2.1). */
		e = client_token_revoke(arena, &server, &client, token->access_token,
			"access_token", cancel_fd, diag);
		return e == ERR_INVALID_REQUEST ? OK : e;
	}
	return client_token_revoke(
		arena, &server, &client, token->access_token, "access_token", cancel_fd, diag);
}

static bool
is_worth_waiting_for(enum err e)
{
	return e == ERR_NETWORK || e == ERR_UNAVAILABLE || e == ERR_CANCELLED;
}

size_t
client_revocation_retry(
	struct arena *arena, const struct tokenstore *store, struct str issuer, int cancel_fd)
{
	const struct token_filter filter = {.issuer = issuer};
	struct stored_token *waiting = NULL;
	size_t count = 0, left = 0;

	if (client_tokenstore_find_buried(arena, store, &filter, &waiting, &count, NULL))
		return 0;
	for (size_t i = 0; i < count; i++)
		if (is_worth_waiting_for(
			    client_revocation_send(arena, &waiting[i], cancel_fd, NULL)) ||
			client_tokenstore_forget(arena, store, &waiting[i], NULL))
			left++;
	return left;
}
