/*
 * A service of the operator's that is asked by POST with a JSON object: for passwords
 * (http_api.c), for tokens (lib/oauth/token_api.c).  How this server proves itself there and
 * how often it tries again are those of the Go original; what is not is said at the place.
 */
#ifndef LIB_SIGNIN_SERVICE_H
#define LIB_SIGNIN_SERVICE_H

#include "lib/signin/upstream.h"

struct service {
	struct str url;
	struct str auth_mode; /* none, simple, hmac, hmac-v2 */
	struct str auth_secret;
	struct str auth_header; /* of simple */
	int64_t timeout_ms;     /* over all attempts */
	int64_t max_retries;
	int64_t retry_delay_ms; /* before the first of them */
	int64_t max_retry_delay_ms;
};

/* Any status is OK but those that say that the service failed: ERR_UPSTREAM, as if it had not
 * answered.  ERR_BUSY: too many ask it.  The call's why tells operators. */
MUST_USE enum err service_ask(
	struct upstream_call *, const struct service *, struct str body, struct fetch_reply *ret);

#endif
