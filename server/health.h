/* Questions of load balancers and of people with curl. */
#ifndef SERVER_HEALTH_H
#define SERVER_HEALTH_H

#include "server/exchange.h"

/* The process turns its loops: a constant. */
enum err http_livez_get(struct exchange *);
/* May get requests: the database answers and the server is not stopping. */
enum err http_readyz_get(struct exchange *);
/* The body of the Go original. */
enum err http_health_get(struct exchange *);

#endif
