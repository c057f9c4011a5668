/* What is well, and what is not. */
#include "server/health.h"

#include "lib/base/log.h"

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
