/*
 * The tokens of other servers.  They are forgotten when it is known who somebody is, unless
 * the operator wants them (store_tokens): then those of the last sign-in stay with the identity,
 * sealed under a key of SESSION_SECRET, for that identity only.  With another secret they do
 * not open any more, and the next sign-in brings new ones.
 */
#ifndef LIB_SIGNIN_TOKENS_H
#define LIB_SIGNIN_TOKENS_H

#include "lib/signin/dialect.h"

/* As text, to be sealed; empty: none are wanted. */
struct str tokens_to_keep(const struct upstream_call *, const struct upstream_tokens *);
MUST_USE enum err tokens_seal(
	const struct context *, struct id identity, struct str text, struct str *ret);
/* The ID token of what was sealed; empty if there is none, or it does not open. */
struct str tokens_id_token(const struct context *, struct id identity, struct str sealed);

#endif
