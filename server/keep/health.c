/* Health checks. */
#include "server/keep/health.h"

#include "lib/base/log.h"
#include "server/reply.h"
#include "server/server.h"

static const char *const troubles[] = {
	[STORE_AWAY] = "the database does not answer",
	[STORE_FULL] = "the disk of the database is full",
	[STORE_READ_ONLY] = "the database is read-only",
	[STORE_LOCKED] = "the database is locked by another process",
	[STORE_MOVED] = "the file of the database has been moved or deleted",
	[STORE_FAILED] = "the database fails; see the log",
};

void
health_set(struct health *health, enum health_part part, const char *why, const char *detail)
{
	const char *before = atomic_load(&health->reasons[part]);

	if (why == before)
		return;
	atomic_store(&health->reasons[part], why);
	if (why)
		log_error("not ready", log_c("why", why), log_c("detail", detail));
	else
		log_info("ready again", log_c("was", before));
}

const char *
health_reason(struct health *health)
{
	const char *why = NULL;

	for (size_t i = 0; i < HEALTH_COUNT && !why; i++)
		why = atomic_load(&health->reasons[i]);
	return why;
}

void
health_note_group(struct health *health, struct store *store, uint64_t writes_before, enum err e)
{
	atomic_fetch_add_explicit(&health->groups, 1, memory_order_relaxed);
	if (store_writes(store) != writes_before)
		health_set(health, HEALTH_DATABASE, NULL, "");
	else if (e == ERR_STORE)
		health_set(health, HEALTH_DATABASE, troubles[store_trouble(store)],
			store_error(store));
}

enum err
http_livez_get(struct exchange *x)
{
	return reply_text(x, 200, STR("ok\n"));
}

enum err
http_readyz_get(struct exchange *x)
{
	const char *why = health_reason(&x->server->health);

	if (atomic_load(&x->server->draining))
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
