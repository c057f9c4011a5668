/*
 * The client that a request comes from, for the endpoints it authenticates to.
 */
#ifndef SERVER_GATE_CLIENT_H
#define SERVER_GATE_CLIENT_H

#include "lib/oauth/client_way.h"
#include "server/exchange.h"

/* What the request carries that may prove something. */
struct proof client_proof_of(const struct exchange *);
/* client_authenticate (lib/oauth/client.h), and the limit of that client. Only who
 * has proven to be the client draws on it: a name in a request is anybody's. */
MUST_USE enum err client_of(struct exchange *, struct client *ret);
/* client_identify, likewise. */
MUST_USE enum err client_named(struct exchange *, struct client *ret);

#endif
