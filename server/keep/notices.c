/* Sending logout tokens, when told to. */
#include "server/keep/notices.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/oauth/logout_delivery.h"
#include "server/engine/work.h"
#include "server/server.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>

enum {
	/* How long a word of the chore holds: less than an election (election.h). */
	PERMISSION_US = 3 * 1000 * 1000,
	/* How soon a stop, or what became due, is seen while answers are waited for. */
	WAIT_MS = 200,
};

struct notices {
	struct server *server;
	pthread_t thread;
	sem_t wake;
	atomic_bool stopping;
	atomic_int_least64_t until_us; /* it may take up what is due */
	bool told;                     /* the log, that it cannot work */
};

static bool
may_take(const struct notices *n)
{
	return !atomic_load(&n->stopping) && clock_monotonic_us() < atomic_load(&n->until_us);
}

static enum err
take_turn(const struct notices *n, struct logout_delivery *delivery, struct arena *arena)
{
	const struct context cx = {
		.arena = arena,
		.config = server_config(n->server),
		.issuer = atomic_load(&n->server->issuer),
		.now_ms = clock_now_ms(),
	};
	enum err e;

	logout_delivery_prepare(delivery, cx.now_ms, may_take(n));
	if ((e = work_change(n->server, logout_delivery_store, delivery)))
		return e;
	logout_delivery_begin(delivery, &cx);
	return OK;
}

/* Until nothing is under way that this turn, or one before it, has begun. */
static void
deliver(struct notices *n, struct logout_delivery *delivery)
{
	struct arena arena = {0};
	enum err e = OK;

	do {
		if ((e = take_turn(n, delivery, &arena)))
			break;
		if (!logout_delivery_is_idle(delivery))
			logout_delivery_wait(delivery, WAIT_MS);
		arena_reset(&arena);
	} while (!logout_delivery_is_idle(delivery) && !atomic_load(&n->stopping));
	if (e && e != ERR_BUSY)
		log_warning("logout notices delayed", log_c("error", err_name(e)));
	arena_free(&arena);
}

static void *
send_notices(void *arg)
{
	struct notices *n = arg;
	struct logout_delivery *delivery = NULL;

	(void)pthread_setname_np(pthread_self(), "notices");
	for (;;) {
		struct diag diag = {""};

		while (sem_wait(&n->wake))
			;
		if (atomic_load(&n->stopping))
			break;
		if (!delivery && logout_delivery_new(&delivery, &diag)) {
			if (!n->told)
				log_error("logout notices cannot be sent", log_c("why", diag.text));
			n->told = true;
			continue;
		}
		deliver(n, delivery);
	}
	logout_delivery_free(delivery);
	return NULL;
}

enum err
notices_start(struct server *server, struct notices **ret, struct diag *diag)
{
	struct notices *n = xcalloc(1, sizeof *n);

	n->server = server;
	(void)sem_init(&n->wake, 0, 0);
	if (pthread_create(&n->thread, NULL, send_notices, n)) {
		(void)sem_destroy(&n->wake);
		free(n);
		return diag_set(
			diag, ERR_UNAVAILABLE, "cannot start the thread for logout notices");
	}
	*ret = n;
	return OK;
}

/* A word more than it can hear at a time is not a turn more. */
void
notices_wake(struct notices *n)
{
	int waiting = 0;

	atomic_store(&n->until_us, clock_monotonic_us() + PERMISSION_US);
	if (!sem_getvalue(&n->wake, &waiting) && !waiting)
		(void)sem_post(&n->wake);
}

void
notices_stop(struct notices *n)
{
	if (!n)
		return;
	atomic_store(&n->stopping, true);
	(void)sem_post(&n->wake);
	(void)pthread_join(n->thread, NULL);
	(void)sem_destroy(&n->wake);
	free(n);
}
