/* Health checks. */
#include "server/health.h"

#include "lib/store/user.h"
#include "server/reply.h"
#include "server/server.h"

/* Any point read will do; nobody has the zero id. */
static bool
database_answers(struct exchange *x)
{
	struct user nobody;
	enum err e = user_by_id(x->cx.store, x->cx.arena, (struct id){{0}}, &nobody);

	return e == OK || e == ERR_NO_ROW;
}

enum err
http_livez_get(struct exchange *x)
{
	return reply_text(x, 200, STR("ok\n"));
}

enum err
http_readyz_get(struct exchange *x)
{
	if (atomic_load(&x->server->draining))
		return reply_text(x, 503, STR("stopping\n"));
	if (!database_answers(x))
		return reply_text(x, 503, STR("database does not answer\n"));
	return reply_text(x, 200, STR("ok\n"));
}

enum err
http_health_get(struct exchange *x)
{
	if (!database_answers(x))
		return reply_json(
			x, 503, STR("{\"status\":\"unhealthy\",\"database\":\"disconnected\"}"));
	return reply_json(x, 200, STR("{\"status\":\"healthy\",\"database\":\"connected\"}"));
}
