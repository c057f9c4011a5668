/* A thread that asks the writer how it is. */
#include "server/keep/watch.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/store/migrate.h"
#include "server/engine/http.h"
#include "server/engine/work.h"
#include "server/keep/notify.h"
#include "server/server.h"

#include <malloc.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
	US_PER_S = 1000 * 1000,
	WRITE_EVERY_US = 30 * US_PER_S,
	TRIM_EVERY_US = 10 * US_PER_S,
	/* Longer than a change waits for a lock. */
	STUCK_US = 10 * US_PER_S,
};

struct watch {
	struct exchange probe; /* first: probed gets it back */
	struct server *server;
	pthread_t thread;
	sem_t wake; /* posted to stop */
	sem_t done; /* posted when the probe is back */
	int64_t asked_us;
	int64_t written_us; /* when a probe that writes was last sent */
	int64_t trimmed_us; /* when memory was last given back */
	bool waiting;       /* for the probe; the watching thread's own */
	enum err result;
	int64_t visited_us; /* when somebody was last seen to be connected */
	unsigned groups;    /* the writer had finished at the last look */
	const char *told;   /* the manager, as the reason not to be ready */
};

static void
probed(struct exchange *x, enum err e)
{
	struct watch *w = (struct watch *)x;

	w->result = e;
	(void)sem_post(&w->done);
}

static void
ask(struct watch *w)
{
	struct health *health = &w->server->health;
	int64_t now_us = clock_monotonic_us();
	bool write = atomic_load(&health->reasons[HEALTH_DATABASE]) ||
		     now_us - w->written_us > WRITE_EVERY_US;

	w->probe.change = write ? migrate_probe_writing : migrate_probe;
	w->probe.change_since_us = now_us;
	w->asked_us = now_us;
	if (write)
		w->written_us = now_us;
	/* A full queue is no news: the writer moves, or an earlier probe is stuck. */
	w->waiting = work_commit(&w->probe) == OK;
}

/* What a failure of the database means, the writer has said. */
static void
hear(struct watch *w)
{
	struct health *health = &w->server->health;

	w->waiting = false;
	health_set(health, HEALTH_WRITER, NULL, "");
	if (w->result == ERR_STORE)
		return;
	health_set(health, HEALTH_SCHEMA,
		w->result ? "the schema is older than this program" : NULL,
		"run authgate migrate up");
}

static void
look(struct watch *w)
{
	if (w->waiting && !sem_trywait(&w->done))
		hear(w);
	if (!w->waiting)
		ask(w);
	else if (clock_monotonic_us() - w->asked_us > STUCK_US)
		health_set(&w->server->health, HEALTH_WRITER, "changes wait for too long", "");
}

/* Whatever the database does, this process is of use while its loops turn and its
 * writer comes to what it is given; else the manager shall start another. */
static void
tell_manager(struct watch *w)
{
	struct server *server = w->server;
	unsigned groups = atomic_load(&server->health.groups);
	const char *why = health_reason(&server->health);

	if (why != w->told)
		notify_send(server->notify, "STATUS=%s", why ? why : "ready");
	w->told = why;
	if (notify_has_watchdog(server->notify) && !http_still_loops(server->http) &&
		groups != w->groups)
		notify_send(server->notify, "WATCHDOG=1");
	w->groups = groups;
}

/* The C library keeps what a crowd has freed. */
static void
give_memory_back(struct watch *w)
{
	int64_t now_us = clock_monotonic_us();

	if (now_us - w->trimmed_us < TRIM_EVERY_US || !http_has_emptied(w->server->http))
		return;
	w->trimmed_us = now_us;
	(void)malloc_trim(0);
}

/* The service manager starts it again when somebody comes: it holds the socket. */
static void
end_if_idle(struct watch *w)
{
	struct server *server = w->server;
	int64_t limit_s = server_config(server)->idle_exit_s, now_us = clock_monotonic_us();

	if (http_is_visited(server->http) || !w->visited_us)
		w->visited_us = now_us;
	if (!limit_s || !http_is_managed(server->http) ||
		now_us - w->visited_us < limit_s * US_PER_S)
		return;
	log_info("nobody is connected", log_i64("idle_s", limit_s));
	w->visited_us = now_us;
	(void)kill(getpid(), SIGTERM);
}

static bool
wait_a_second(struct watch *w)
{
	struct timespec until;

	(void)clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec++;
	return sem_clockwait(&w->wake, CLOCK_MONOTONIC, &until) != 0;
}

static void *
keep_watch(void *arg)
{
	struct watch *w = arg;

	(void)pthread_setname_np(pthread_self(), "watch");
	while (wait_a_second(w)) {
		look(w);
		tell_manager(w);
		give_memory_back(w);
		end_if_idle(w);
	}
	return NULL;
}

void
watch_free(struct watch *w)
{
	if (!w)
		return;
	(void)sem_destroy(&w->wake);
	(void)sem_destroy(&w->done);
	free(w);
}

enum err
watch_start(struct server *server, struct watch **ret, struct diag *diag)
{
	struct watch *w = xcalloc(1, sizeof *w);

	w->server = server;
	w->probe.server = server;
	w->probe.finished = probed;
	(void)sem_init(&w->wake, 0, 0);
	(void)sem_init(&w->done, 0, 0);
	if (pthread_create(&w->thread, NULL, keep_watch, w)) {
		watch_free(w);
		return diag_set(diag, ERR_UNAVAILABLE, "cannot start the watching thread");
	}
	*ret = w;
	return OK;
}

void
watch_stop(struct watch *w)
{
	if (!w)
		return;
	(void)sem_post(&w->wake);
	(void)pthread_join(w->thread, NULL);
}
