/* A server's whole life, in order: prepare, listen, wait for signals, drain. */
#include "lib/account/seed.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/store/migrate.h"
#include "server/csrf.h"
#include "server/housekeeping.h"
#include "server/http.h"
#include "server/limit.h"
#include "server/route.h"
#include "server/router.h"
#include "server/server.h"
#include "server/watch.h"
#include "server/work.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>

enum {
	SECRET_MIN = 32,
	SPARE_FILES = 64, /* beside connections: database, logs, loops */
};

struct life {
	struct server server;
	struct housekeeping *housekeeping;
	struct watch *watch;
	struct arena arena;
	sigset_t signals;
	struct diag diag;
};

/* Beside the SQLite file, unless configured. */
static struct str
admin_socket(struct life *life, const struct config *config)
{
	struct str path = config->database_dsn;
	size_t slash;

	if (config->admin_socket.n)
		return str_copy(&life->arena, config->admin_socket);
	if (!str_is(config->database_driver, "sqlite"))
		return STR_NONE;
	if (str_starts(path, STR("file:")))
		path = str_from(path, 5);
	for (slash = path.n; slash && path.p[slash - 1] != '/'; slash--)
		;
	return str_printf(&life->arena, "%.*sauthgate-admin.sock", STR_ARG(str_first(path, slash)));
}

/* What follows from the configuration alone. */
static enum err
derive(struct life *life, const struct config *config)
{
	struct server *server = &life->server;
	struct secret from = {0};

	server->admin_socket = admin_socket(life, config);
	server->store = (struct store_setup){
		.driver = config->database_driver,
		.dsn = config->database_dsn,
		.init_timeout_s = config->database_init_timeout_s,
		.connect_timeout_s = config->database_connect_timeout_s,
		.statement_timeout_s = config->database_statement_timeout_s,
		.lock_timeout_s = config->database_lock_timeout_s,
	};
	server->reads_are_local = store_reads_are_local(config->database_driver);
	if (csrf_origin(&life->arena, config->base_url, &server->origin))
		return diag_set(&life->diag, ERR_CONFIG, "server.base_url \"%.*s\" is no URL",
			STR_ARG(config->base_url));
	server->https = str_starts(server->origin, STR("https:"));
	if (config->session_secret.n < SECRET_MIN)
		return diag_set(&life->diag, ERR_CONFIG,
			"secrets.session_secret is missing or shorter than %d bytes: set "
			"SESSION_SECRET, for instance to the output of openssl rand -base64 48",
			SECRET_MIN);
	secret_set(&from, config->session_secret.p, config->session_secret.n);
	derive_key(&from, "authgate csrf", &server->csrf_key);
	secret_free(&from);
	if (router_new(routes, routes_count, &server->router))
		return diag_set(&life->diag, ERR_INTERNAL, "two rows for one method and path");
	return OK;
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
	if (!e)
		e = seed(server_config(server), store, clock_now_ms(), &life->diag);
	store_close(store);
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
		log_warning("the limit of open files is lower than server.max_connections",
			log_i64("limit", (int64_t)limit.rlim_cur),
			log_i64("max_connections", config->max_connections));
}

/* Signals are taken by sigwait in the main thread; threads inherit the mask. */
static void
block_signals(struct life *life)
{
	sigemptyset(&life->signals);
	sigaddset(&life->signals, SIGTERM);
	sigaddset(&life->signals, SIGINT);
	sigaddset(&life->signals, SIGHUP);
	(void)pthread_sigmask(SIG_BLOCK, &life->signals, NULL);
	(void)signal(SIGPIPE, SIG_IGN);
}

static enum err
start(struct life *life, const struct config *config)
{
	struct settings *settings;
	enum err e;

	if ((e = settings_open(config, &settings, &life->diag)))
		return e;
	atomic_store(&life->server.settings, settings);
	block_signals(life);
	notify_open(&life->server.notify);
#ifndef __SANITIZE_ADDRESS__ /* whose leak check attaches to the process */
	/* No core dump with keys in it. */
	(void)prctl(PR_SET_DUMPABLE, 0);
#endif
	raise_file_limit(config);
	if (config->http2)
		log_warning("HTTP/2 is on: the HTTP library does not resist rapid resets",
			log_c("key", "server.http2"));
	if ((e = crypto_init()))
		return diag_set(&life->diag, e, "OpenSSL does not work");
	if ((e = derive(life, config)) || (e = prepare_store(life)))
		return e;
	if ((e = limit_start(&life->server, &life->diag)))
		return e;
	if ((e = work_start(&life->server, &life->diag)))
		return e;
	if ((e = http_start(&life->server, &life->server.http, &life->diag)))
		return e;
	if ((e = housekeeping_start(&life->server, &life->housekeeping, &life->diag)))
		return e;
	return watch_start(&life->server, &life->watch, &life->diag);
}

static void
wait_for_the_end(struct life *life)
{
	struct diag diag = {""};
	int number = 0;

	while (!sigwait(&life->signals, &number) && number == SIGHUP)
		(void)!settings_reload(&life->server, &diag);
	notify_send(&life->server.notify, "STOPPING=1\nSTATUS=finishing what is in flight");
	log_info("stopping", log_c("signal", strsignal(number)),
		log_i64("limit_s", server_config(&life->server)->shutdown_timeout_s));
	/* A second signal ends the process at once. */
	(void)pthread_sigmask(SIG_UNBLOCK, &life->signals, NULL);
}

static void
end(struct life *life)
{
	struct server *server = &life->server;

	watch_stop(life->watch);
	if (server->http)
		http_stop(server->http);
	housekeeping_stop(life->housekeeping);
	work_stop(server);
	http_free(server->http);
	issuer_free(atomic_load(&server->issuer));
	router_free(server->router);
	limit_stop(server);
	secret_free(&server->csrf_key);
	settings_free(atomic_load(&server->settings));
	notify_close(&server->notify);
	(void)pthread_mutex_destroy(&server->reloading);
	arena_free(&life->arena);
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
serve(const struct config *config, const struct config_request *source)
{
	struct life *life = xcalloc(1, sizeof *life);
	enum err e;
	int code;

	life->server.source = source;
	(void)pthread_mutex_init(&life->server.reloading, NULL);
	life->server.notify.fd = -1;
	e = start(life, config);
	code = exit_code(e);

	if (!e) {
		log_info("listening", log_c("addr", http_address(life->server.http)),
			log_i64("loops", (int64_t)http_loop_count(life->server.http)),
			log_str("url", config->base_url));
		notify_send(&life->server.notify, "READY=1\nSTATUS=ready");
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
