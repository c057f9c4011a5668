/* The address of a client behind trusted proxies: server.trusted_proxies, server.forwarded_header.
 */
#ifndef SERVER_GATE_ADDRESS_H
#define SERVER_GATE_ADDRESS_H

#include "server/exchange.h"
#include "server/settings.h"

/* Of a request whose peer is a trusted proxy.  Of no size if the proxy wrote what cannot be
 * read; the log says so, once a minute. */
struct ipaddr address_told(struct exchange *, const struct settings *);

#endif
