/* A server's whole life, in order: prepare, listen, wait for signals, drain. */
#include "server/serve.h"

#include "lib/account/seed.h"
#include "lib/account/user.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/signin/upstream.h"
#include "lib/store/migrate.h"
#include "server/engine/handover.h"
#include "server/engine/http.h"
#include "server/engine/work.h"
#include "server/gate/limit.h"
#include "server/keep/housekeeping.h"
#include "server/keep/metrics.h"
#include "server/keep/notices.h"
#include "server/keep/notify.h"
#include "server/keep/reload.h"
#include "server/keep/trail.h"
#include "server/keep/watch.h"
#include "server/prepare.h"

#include <malloc.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <time.h>
#include <unistd.h>

enum {
	SPARE_FILES = 64, /* beside connections: database, logs, loops */
	LAST_SECONDS = 1,
};

struct life {
	struct server server;
	const struct serve_program *program;
	char *path; /* of the program that was started, whatever has its name now */
	struct successor *successor;
	struct watch *watch;
	sigset_t signals;
	struct diag diag;
};

/* An empty database stays empty if nobody could read the first password. */
static enum err
judge_first_start(struct server *server, const struct store_setup *setup, struct diag *diag)
{
	int version;
	enum err e = migrate_version(setup, &version, diag);

	return e || version ? e : seed_judge(server_config(server), diag);
}

/* Migrates, loads the keys, seeds: everything that writes before the writer. */
static enum err
prepare_store(struct life *life)
{
	struct server *server = &life->server;
	struct store_setup setup = server->store;
	struct issuer *issuer;
	struct store *store = NULL;
	int applied = 0;
	enum err e;

	if ((e = judge_first_start(server, &setup, &life->diag)))
		return e;
	if ((e = migrate_up(&setup, &applied, &life->diag)))
		return e;
	if (applied)
		log_info("migrated", log_i64("applied", applied));
	setup.writer = true;
	if ((e = store_open(&setup, &store, &life->diag)))
		return e;
	e = issuer_open(server_config(server), store, clock_now_ms(), &issuer, &life->diag);
	if (!e)
		atomic_store(&server->issuer, issuer);
	if (!e && issuer->waits_for_reseal)
		log_warning("signing keys are still sealed with the previous secret: run `authgate "
			    "admin key reseal` once every node has the new one",
			log_c("key", "secrets.session_secret_previous"));
	if (!e)
		e = seed(server_config(server), store, clock_now_ms(), &life->diag);
	if (!e)
		e = passwords_prepare(store);
	store_close(store);
	server->store.tried = true;
	return e;
}

static void
raise_file_limit(const struct config *config)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	if (limit.rlim_cur < (rlim_t)config->max_connections + SPARE_FILES)
		log_warning("open file limit is lower than server.max_connections",
			log_i64("limit", (int64_t)limit.rlim_cur),
			log_i64("max_connections", config->max_connections));
}

/* By default every thread gets a heap of its own, most of it air.  Requests keep
 * their memory for the next one, so that loops seldom meet in malloc. */
static void
share_heaps(const struct config *config)
{
	(void)mallopt(M_ARENA_MAX, (int)http_wanted_loops(config) + 1);
}

/* Signals are taken by sigwait in the main thread; threads inherit the mask. */
static void
block_signals(struct life *life)
{
	sigemptyset(&life->signals);
	sigaddset(&life->signals, SIGTERM);
	sigaddset(&life->signals, SIGINT);
	sigaddset(&life->signals, SIGHUP);
	sigaddset(&life->signals, SIGUSR2);
	(void)pthread_sigmask(SIG_BLOCK, &life->signals, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
}

/* The admin socket may be asked for a reload before all loops run, and before there
 * is a server->http: that reload waits. */
static enum err
start_http(struct life *life)
{
	struct server *server = &life->server;
	enum err e;

	(void)pthread_mutex_lock(&server->reloading);
	e = http_start(server, &server->http, &life->diag);
	(void)pthread_mutex_unlock(&server->reloading);
	return e;
}

static enum err
start(struct life *life, const struct config_result *loaded)
{
	const struct config *config;
	enum err e;

	block_signals(life);
	if ((e = handover_receive(&life->server.predecessor, &life->diag)))
		return e;
	if ((e = server_prepare(&life->server, loaded, &life->diag)))
		return e;
	life->path = handover_program();
	life->server.notify = notify_open();
#ifndef __SANITIZE_ADDRESS__ /* whose leak check attaches to the process */
	/* No core dump with keys in it. */
	(void)prctl(PR_SET_DUMPABLE, 0);
#endif
	config = server_config(&life->server);
	share_heaps(config);
	raise_file_limit(config);
	if (config->http2)
		log_warning("HTTP/2 is on: the HTTP library does not resist rapid resets",
			log_c("key", "server.http2"));
	metrics_open(&life->server, life->server.version);
	if ((e = prepare_store(life)))
		return e;
	if ((e = limit_start(&life->server, &life->diag)))
		return e;
	upstreams_share(life->server.upstreams, work_caller_count(&life->server));
	if ((e = work_start(&life->server, &life->diag)))
		return e;
	trail_begin(&life->server);
	if ((e = start_http(life)))
		return e;
	if ((e = notices_start(&life->server, &life->server.notices, &life->diag)))
		return e;
	if ((e = housekeeping_start(&life->server, &life->diag)))
		return e;
	if ((e = watch_start(&life->server, &life->watch, &life->diag)))
		return e;
	(void)malloc_trim(0); /* what only the start needed */
	return OK;
}

/* Requests have had their time, and what is left for the database as much again.
 * What it has not taken by then, nobody has been told of: it is as in a crash. */
static void *
end_in_any_case(void *seconds)
{
	struct timespec limit = {.tv_sec = (intptr_t)seconds};

	while (nanosleep(&limit, &limit))
		;
	log_error("stopped before the database had taken all changes",
		log_i64("limit_s", (int64_t)(intptr_t)seconds));
	_exit(EX_OK);
}

static void
limit_the_end(int64_t timeout_s)
{
	void *seconds = (void *)(intptr_t)(2 * timeout_s + LAST_SECONDS);
	pthread_t thread;

	if (!pthread_create(&thread, NULL, end_in_any_case, seconds))
		(void)pthread_detach(thread);
}

/* The service manager takes messages from the process that it knows: this one names the next. */
static enum err
give_place(struct life *life, struct diag *diag)
{
	const struct notify *notify = life->server.notify;
	struct successor *next = NULL;
	enum err e;

	notify_send(notify, "RELOADING=1\nMONOTONIC_USEC=%lld\nSTATUS=starting the next program",
		(long long)clock_monotonic_us());
	if ((e = handover_begin(life->server.http, life->path, life->program->argv, &next, diag)) ||
		(e = handover_wait(next, &life->signals, diag))) {
		handover_forget(next);
		notify_send(notify, "READY=1\nSTATUS=the next program did not start, see the log");
		return e;
	}
	atomic_store(&life->server.has_successor, true);
	notify_send(notify, "MAINPID=%lld", (long long)handover_pid(next));
	log_info("handed over", log_i64("pid", handover_pid(next)));
	handover_go(next);
	life->successor = next;
	return OK;
}

/* True if another process has this one's place. */
static bool
hand_over(struct life *life)
{
	struct diag diag = {""};
	enum err e;

	log_info("handing over", log_c("program", life->path ? life->path : ""));
	if ((e = give_place(life, &diag)))
		log_error("not handed over: this program goes on", log_c("why", diag.text));
	return !e;
}

/* True if it was answered and the server goes on.  A reload after an upgrade of the program means
 * the new one; where that does not start, the old one still reads its configuration. */
static bool
answer_signal(struct life *life, int number)
{
	struct diag diag = {""};

	if (number == SIGUSR2)
		return !hand_over(life);
	if (number != SIGHUP)
		return false;
	if (handover_program_is_new(life->path) && hand_over(life))
		return false;
	(void)!reload_configuration(&life->server, NULL, NULL, &diag);
	return true;
}

static void
wait_for_the_end(struct life *life)
{
	int64_t limit_s = server_config(&life->server)->shutdown_timeout_s;
	int number = 0;

	while (!sigwait(&life->signals, &number) && answer_signal(life, number))
		;
	if (life->successor)
		limit_s += REQUEST_TIMEOUT_MS / MS_PER_S;
	else
		notify_send(life->server.notify, "STOPPING=1\nSTATUS=finishing what is in flight");
	log_info("stopping", log_c("signal", strsignal(number)), log_i64("limit_s", limit_s));
	limit_the_end(limit_s);
	/* A second signal ends the process at once, but not one that asks for what it does no more.
	 */
	(void)signal(SIGHUP, SIG_IGN);
	(void)signal(SIGUSR2, SIG_IGN);
	(void)pthread_sigmask(SIG_UNBLOCK, &life->signals, NULL);
}

static void
end(struct life *life)
{
	struct server *server = &life->server;

	watch_stop(life->watch);
	if (server->http)
		http_stop(server->http);
	housekeeping_stop(server);
	notices_stop(server->notices);
	trail_end(server);
	work_stop(server);
	watch_free(life->watch);
	housekeeping_free(server);
	http_free(server->http);
	limit_stop(server);
	metrics_free(server->metrics);
	server_release(server);
	/* From now on the chores are the successor's. */
	handover_forget(life->successor);
	handover_end(server->predecessor);
	free(life->path);
}

static int
exit_code(enum err e)
{
	switch (e) {
	case OK: return EX_OK;
	case ERR_CONFIG: return EX_CONFIG;
	case ERR_IO: return EX_CANTCREAT;
	default: return EX_SOFTWARE;
	}
}

int
serve(const struct config_result *loaded, const struct config_request *source,
	const struct serve_program *program)
{
	struct life *life = xcalloc(1, sizeof *life);
	enum err e;
	int code;

	life->server.source = source;
	life->server.version = program->version;
	life->program = program;
	life->server.started_ms = clock_now_ms();
	e = start(life, loaded);
	code = exit_code(e);
	if (!e) {
		log_info("listening", log_c("addr", http_address(life->server.http)),
			log_i64("loops", (int64_t)http_loop_count(life->server.http)),
			log_str("url", loaded->config.base_url));
		if (life->server.predecessor)
			handover_serving(life->server.predecessor);
		notify_send(life->server.notify, "READY=1\nSTATUS=ready");
		wait_for_the_end(life);
	} else {
		log_error("cannot start",
			log_c("why", life->diag.text[0] ? life->diag.text : err_sentence(e)));
	}
	end(life);
	if (!e)
		log_info("stopped", log_i64("code", code));
	free(life);
	return code;
}
