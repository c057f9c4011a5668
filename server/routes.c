/*
 * Every address this server answers.  To add one: write the handler in the file
 * of its area, declare it in handlers.h, add a row.  HEAD comes with GET,
 * OPTIONS with everything; what the flags mean is in route.h.
 */
#include "server/handlers.h"
#include "server/health.h"
#include "server/route.h"

/* clang-format off */
const struct route routes[] = {
	{METHOD_GET,  "/livez",  http_livez_get,  ROUTE_QUICK, ERRORS_PLAIN, LIMIT_NONE, 0},
	{METHOD_GET,  "/readyz", http_readyz_get, ROUTE_QUICK, ERRORS_PLAIN, LIMIT_NONE, 0},
	{METHOD_GET,  "/health", http_health_get, ROUTE_QUICK, ERRORS_PLAIN, LIMIT_NONE, 0},

	{METHOD_GET,  "/.well-known/openid-configuration", http_discovery_get, ROUTE_QUICK | ROUTE_CORS | ROUTE_CACHE, ERRORS_OAUTH, LIMIT_NONE, 0},
	{METHOD_GET,  "/.well-known/jwks.json", http_jwks_get, ROUTE_QUICK | ROUTE_CORS | ROUTE_CACHE, ERRORS_OAUTH, LIMIT_NONE, 0},

	{METHOD_GET,  "/static/:name", http_static_get, ROUTE_QUICK | ROUTE_CACHE, ERRORS_PLAIN, LIMIT_NONE, 0},
};
/* clang-format on */

const size_t routes_count = countof(routes);
