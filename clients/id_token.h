/*
 * The id_token that came with an access token (OpenID Connect Core 3.1.3.7),
 * verified with the keys the server publishes now.
 */
#ifndef CLIENTS_ID_TOKEN_H
#define CLIENTS_ID_TOKEN_H

#include "clients/token_endpoint.h"

struct id_token_check {
	const struct discovery *server;
	struct str client_id;
	struct str nonce; /* empty: none was sent (device grant, refresh) */
	int cancel_fd;
};

/* OK without an id_token.  A token that cannot be believed is ERR_INVALID_TOKEN,
 * and nothing of the reply may be used then. */
MUST_USE enum err client_id_token_check(
	struct arena *, const struct id_token_check *, const struct token_reply *, struct diag *);

#endif
