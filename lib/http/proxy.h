/*
 * Which proxy a request goes through, from the environment, as curl reads it:
 * https_proxy, HTTPS_PROXY, http_proxy, all_proxy, ALL_PROXY; no_proxy, NO_PROXY.
 *
 * libcurl would find it by itself.  It is asked here where the answer matters: behind
 * a proxy the proxy is what we connect to, and where that may lead is its decision.
 */
#ifndef LIB_HTTP_PROXY_H
#define LIB_HTTP_PROXY_H

#include "lib/base/url.h"

/* Empty: none. */
const char *proxy_for(const struct url *);

#endif
