/*
 * The provider http_api: POST {"username","password"} to a service of the operator's,
 * with the request and the answers of the Go original.
 */
#ifndef LIB_SIGNIN_HTTP_API_H
#define LIB_SIGNIN_HTTP_API_H

#include "lib/audit/context.h"

struct config_provider;
struct signin;

/* ERR_BAD_CREDENTIALS: it said no.  ERR_UPSTREAM: it said nothing usable. */
enum err http_api_finish(struct signin *);
/* Whether it is asked about this name, as typed. */
MUST_USE enum err http_api_is_asked(struct context *, struct str typed, bool *ret);
/* It as a provider, for signin_init_with. */
const struct config_provider *http_api_provider(const struct context *);

#endif
