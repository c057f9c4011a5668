/* Finding refresh tokens by what a client presents. */
#ifndef LIB_OAUTH_REFRESH_H
#define LIB_OAUTH_REFRESH_H

#include "lib/audit/context.h"
#include "lib/store/client.h"
#include "lib/store/token.h"

/* The row of a token and its family, alive or not: one of ours by the id in it, one
 * brought from elsewhere by the digest of its text.  ERR_NO_ROW if there is none, or
 * it is another client's. */
MUST_USE enum err refresh_find(const struct context *, const struct client *, struct str text,
	struct refresh_token *ret, struct family *ret_family);

/* The row alone, whosever it is. */
MUST_USE enum err refresh_find_text(
	const struct context *, struct str text, struct refresh_token *ret);

#endif
