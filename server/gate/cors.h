/*
 * Cross-origin reads (Fetch, "CORS protocol"), for rows marked ROUTE_CORS and
 * origins the configuration names; never with credentials.
 */
#ifndef SERVER_GATE_CORS_H
#define SERVER_GATE_CORS_H

#include "server/exchange.h"

/* Adds the headers that let the origin of this request read the reply. */
void cors_allow(struct exchange *);
/* Adds what a preflight asks for besides: the methods and headers allowed. */
void cors_preflight(struct exchange *, struct str allow);

#endif
