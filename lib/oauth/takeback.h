/*
 * What operators take back from anybody.  Every function is a whole change
 * (lib/store/store.h) that works on a struct takeback and writes the audit
 * trail; what is gone already is ERR_NOT_FOUND.
 */
#ifndef LIB_OAUTH_TAKEBACK_H
#define LIB_OAUTH_TAKEBACK_H

#include "lib/audit/context.h"

struct takeback {
	const struct context *cx;
	struct id id; /* of what is taken back */
};

/* One access token; what it could be refreshed from lives on. */
enum err takeback_token(struct store *, void *takeback);
/* A grant with all its tokens. */
enum err takeback_grant(struct store *, void *takeback);
/* A grant for a while, and again. */
enum err takeback_disable(struct store *, void *takeback);
enum err takeback_enable(struct store *, void *takeback);
/* A browser's sign-in; clients are told. */
enum err takeback_session(struct store *, void *takeback);
/* A device request that is not tokens yet, approved or not. */
enum err takeback_device(struct store *, void *takeback);
/* All sessions, tokens, codes and remembered consents of a person. */
enum err takeback_from_user(struct store *, void *takeback);
/* All tokens, codes and remembered consents of a client, its own tokens included. */
enum err takeback_from_client(struct store *, void *takeback);

#endif
