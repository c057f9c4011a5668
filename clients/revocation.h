/*
 * Ending a sign-in at its server (RFC 7009), now or, if the server is away, later:
 * what could not be revoked is kept aside, unusable for everything else, until a
 * later command reaches the server.
 */
#ifndef CLIENTS_REVOCATION_H
#define CLIENTS_REVOCATION_H

#include "clients/tokenstore.h"

/* Revokes the refresh token, then the access token.  ERR_NO_ROW: this server
 * revokes nothing. */
MUST_USE enum err client_revocation_send(
	struct arena *, const struct stored_token *, int cancel_fd, struct diag *);
/* Tries again what was put aside for this issuer (empty: for all).  Returns how many
 * are still waiting; silent otherwise, because nobody asked for it now. */
size_t client_revocation_retry(
	struct arena *, const struct tokenstore *, struct str issuer, int cancel_fd);

#endif
