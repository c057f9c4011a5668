/*
 * A token that lives long enough, refreshed if need be (RFC 6749 section 6).
 *
 * Refresh tokens rotate: the second use of one looks like theft and ends the
 * session.  So whether to refresh is decided while the sign-in's file is held,
 * and everybody who waited for it finds the new token there.
 */
#ifndef CLIENTS_REFRESH_H
#define CLIENTS_REFRESH_H

#include "clients/tokenstore.h"

/* ret lives for at least min_ttl_s more, unless the server never says how long.
 * ERR_LOGIN_REQUIRED: there is no refresh token, or the server has ended the
 * session. */
MUST_USE enum err client_refresh(struct arena *, const struct tokenstore *,
	const struct stored_token *, int64_t min_ttl_s, int cancel_fd, struct stored_token *ret,
	struct diag *);

#endif
