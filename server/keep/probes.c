/* Health checks: /livez, /readyz, /health. */
#include "server/handlers.h"
#include "server/reply.h"
#include "server/server.h"

enum err
http_livez_get(struct exchange *x)
{
	return reply_text(x, 200, STR("ok\n"));
}

enum err
http_readyz_get(struct exchange *x)
{
	const char *why = health_reason(&x->server->health);

	if (atomic_load(&x->server->draining) && !atomic_load(&x->server->has_successor))
		why = "the server is stopping";
	if (!why)
		return reply_text(x, 200, STR("ok\n"));
	reply_header(x, "retry-after", STR("1"));
	return reply_text(x, 503, str_printf(x->cx.arena, "%s\n", why));
}

enum err
http_health_get(struct exchange *x)
{
	if (!atomic_load(&x->server->health.reasons[HEALTH_DATABASE]))
		return reply_json(
			x, 200, STR("{\"status\":\"healthy\",\"database\":\"connected\"}"));
	reply_header(x, "retry-after", STR("1"));
	return reply_json(x, 503, STR("{\"status\":\"unhealthy\",\"database\":\"disconnected\"}"));
}
