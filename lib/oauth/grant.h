/*
 * Grants: the ways to get a token at POST /oauth/token.
 *
 * To add one: write lib/oauth/grant_<name>.c with a run function, add a row to
 * the table in grants.c.  Discovery lists it from there.
 */
#ifndef LIB_OAUTH_GRANT_H
#define LIB_OAUTH_GRANT_H

#include "lib/audit/context.h"
#include "lib/base/form.h"
#include "lib/cache/limiter.h"
#include "lib/crypto/credential.h"
#include "lib/store/client.h"

/* One use of a grant by a client that has been authenticated and may use it. */
struct grant_call {
	struct context *cx;
	const struct client *client;
	const struct form *form;
	struct str resource;     /* asked for, lib/oauth/resource.h */
	struct str extra_claims; /* accepted by lib/oauth/extra_claims.h, or empty */
	struct limiter *pace;    /* when a device polled last */
};

/* What came of it.  `change` must be committed before the answer leaves, also
 * when run returned an error (a poll that came too early is remembered). */
struct grant_outcome {
	struct str access_token;
	struct str refresh_token; /* empty: none */
	struct str id_token;      /* empty: none */
	int64_t expires_in_s;
	struct str scope;
	bool by_service;  /* it made them: lib/oauth/token_api.h */
	bool is_expected; /* a poll of a known device code: no limit of addresses counts it */
	store_change *change;
	void *change_arg;
};

struct grant {
	const char *type; /* grant_type */
	bool confidential_only;
	enum err (*run)(const struct grant_call *, struct grant_outcome *ret);
};

extern const struct grant grants[];
extern const size_t grants_count;

enum err grant_device_run(const struct grant_call *, struct grant_outcome *ret);
enum err grant_auth_code_run(const struct grant_call *, struct grant_outcome *ret);
enum err grant_refresh_run(const struct grant_call *, struct grant_outcome *ret);
enum err grant_client_credentials_run(const struct grant_call *, struct grant_outcome *ret);

/* The row for a grant_type: ERR_INVALID_REQUEST without one,
 * ERR_UNSUPPORTED_GRANT_TYPE for one that is not in the table. */
MUST_USE enum err grant_find(struct context *, struct str type, const struct grant **ret);
/* The opaque credential in the parameter `name`: ERR_INVALID_REQUEST without one,
 * ERR_INVALID_GRANT for what cannot be one of ours. */
MUST_USE enum err grant_credential(
	const struct grant_call *, const char *name, struct credential *ret);
/* ERR_INVALID_GRANT, with a sentence that tells the client which check failed: it has proven
 * who it is, or that it holds the code.  What it does not hold is "not known here". */
enum err grant_refuse(struct context *, const char *why);
/* ERR_UNAUTHORIZED_CLIENT unless the client may use it. */
MUST_USE enum err grant_permit(struct context *, const struct grant *, const struct client *);

#endif
