/*
 * Talking to the servers that people sign in with.
 *
 * struct upstreams is what a server remembers of them: their descriptions and keys, and
 * whether they answer.  One that does not is left alone for a few seconds, and one
 * that is slow gets some of the threads that call, never all, if there is another.
 */
#ifndef LIB_SIGNIN_UPSTREAM_H
#define LIB_SIGNIN_UPSTREAM_H

#include "lib/audit/context.h"
#include "lib/base/diag.h"
#include "lib/config/config.h"
#include "lib/http/fetch.h"

struct upstreams;

struct upstreams *upstreams_new(void);
void upstreams_free(struct upstreams *);
/* How many threads call: of them one server gets a share, if there is another. */
void upstreams_share(struct upstreams *, size_t callers);

/* What requests to a provider of this type count as, among the values of LABEL_PROVIDER. */
size_t upstream_label(struct str type);

/* One conversation with one of them.  why tells operators what went wrong; it never
 * holds a code, a token or a secret. */
struct upstream_call {
	struct context *cx;
	struct upstreams *upstreams;
	const struct config_provider *provider;
	int64_t timeout_ms; /* of one request; never beyond cx->deadline_us */
	bool insecure;      /* certificates are not verified */
	bool has_share;     /* upstream_enter was called */
	struct diag why;
};

/* Takes a share of the threads for as long as several requests, and the time between them, last;
 * without it each request takes its own.  ERR_BUSY: too many at the same time.  ERR_UPSTREAM:
 * it is left alone for now. */
MUST_USE enum err upstream_enter(struct upstream_call *);
void upstream_leave(struct upstream_call *);

/* Adds the time limit, the certificates and the address rules.  Any status is OK; after an
 * error, ret->status tells whether an answer had begun.  ERR_UPSTREAM: it is left alone
 * for now.  ERR_BUSY: too many at the same time. */
MUST_USE enum err upstream_ask(
	struct upstream_call *, struct fetch_request *, struct fetch_reply *ret);

/* ERR_UPSTREAM as well: no answer, or none of status 200. */
MUST_USE enum err upstream_fetch(
	struct upstream_call *, struct fetch_request *, struct fetch_reply *ret);
/* The same, and the answer is a JSON object; json_free it. */
struct json;
MUST_USE enum err upstream_fetch_json(
	struct upstream_call *, struct fetch_request *, struct json **ret);

/* OpenID Connect Discovery 1.0; texts in the arena of the call. */
struct upstream_metadata {
	struct str issuer;
	struct str authorization_endpoint;
	struct str token_endpoint;
	struct str userinfo_endpoint; /* or empty */
	struct str jwks_uri;
	struct str end_session_endpoint; /* or empty */
	bool sends_iss;                  /* RFC 9207 */
	bool wants_basic;                /* client_secret_basic, else client_secret_post */
};
/* base: where /.well-known/openid-configuration is below.  issuer: what the description
 * must call itself. */
MUST_USE enum err upstream_discover(
	struct upstream_call *, struct str base, struct str issuer, struct upstream_metadata *ret);
/* The keys; fresh: asked for now, else those that are remembered for a while. */
MUST_USE enum err upstream_keys(
	struct upstream_call *, struct str uri, bool fresh, struct str *ret_jwks);

/* Sets why and returns ERR_UPSTREAM. */
MUST_USE enum err upstream_wrong(struct upstream_call *, const char *what);

#endif
