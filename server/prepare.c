/* What a server is before it serves. */
#include "server/prepare.h"

#include "lib/audit/audit.h"
#include "lib/config/places.h"
#include "lib/signin/upstream.h"
#include "server/engine/handover.h"
#include "server/engine/http.h"
#include "server/gate/ahead.h"
#include "server/gate/csrf.h"
#include "server/gate/dispatch.h"
#include "server/gate/router.h"
#include "server/keep/metrics.h"
#include "server/keep/notify.h"
#include "server/keep/room.h"
#include "server/keep/trail.h"
#include "server/route.h"
#include "server/upcalls.h"
#include "server/web/web.h"

#include <limits.h>
#include <unistd.h>

enum { SECRET_MIN = 32 };

static const struct upcalls upcalls = {
	.route = dispatch_route,
	.is_quick = dispatch_is_quick,
	.guard = dispatch_guard,
	.read_ahead = ahead_announce,
	.handle = dispatch_handle,
	.must_rerun = dispatch_must_rerun,
	.committed = dispatch_committed,
	.refused = dispatch_refused,
	.finish = dispatch_finish,
	.log = dispatch_log,
	.count = metrics_count_request,
	.note = trail_note_reply,
	.error_page = web_error_page,
};

/* As the audit trail shows it: several nodes may share one host. */
static struct str
node_name(struct server *server)
{
	char host[HOST_NAME_MAX + 1] = "";

	if (gethostname(host, sizeof host - 1))
		host[0] = '\0';
	return str_printf(&server->arena, "%s:%lld", host, (long long)getpid());
}

/* What follows from the configuration alone. */
static enum err
derive(struct server *server, const struct config *config, struct diag *diag)
{
	server->admin_socket = config_admin_socket_path(&server->arena, config);
	server->store = (struct store_setup){
		.driver = config->database_driver,
		.dsn = config->database_dsn,
		.snapshots = config->database_snapshot,
		.init_timeout_s = config->database_init_timeout_s,
		.connect_timeout_s = config->database_connect_timeout_s,
		.statement_timeout_s = config->database_statement_timeout_s,
		.lock_timeout_s = config->database_lock_timeout_s,
		.max_lifetime_s = config->database_conn_max_lifetime_s,
		.max_idle_s = config->database_conn_max_idle_time_s,
		.node = node_name(server),
		.audit_key = &server->audit_key,
		.reached_us = &server->database_reached_us,
		.silent_us = &server->database_silent_us,
	};
	server->limits_are_shared = str_is(config->rate_limit_store, "redis");
	server->reads_are_local = store_reads_are_local(config->database_driver);
	if (csrf_origin(&server->arena, config->base_url, &server->origin))
		return diag_set(diag, ERR_CONFIG, "server.base_url \"%.*s\" is no URL",
			STR_ARG(config->base_url));
	server->https = str_starts(server->origin, STR("https:"));
	if (config->session_secret.n < SECRET_MIN)
		return diag_set(diag, ERR_CONFIG,
			"secrets.session_secret is missing or shorter than %d bytes: set "
			"SESSION_SECRET, for instance to the output of openssl rand -base64 48",
			SECRET_MIN);
	rolling_key_derive(&server->csrf_key, config->session_secret,
		config->session_secret_previous, "authgate csrf");
	rolling_key_derive(&server->browser_key, config->session_secret,
		config->session_secret_previous, "authgate known browser");
	audit_key(config->session_secret, &server->audit_key);
	if (router_new(routes, routes_count, &server->router))
		return diag_set(diag, ERR_INTERNAL, "two rows for one method and path");
	return OK;
}

enum err
server_prepare(struct server *server, const struct config_result *loaded, struct diag *diag)
{
	const struct config *config = &loaded->config;
	struct settings *settings = settings_new();
	enum err e;

	(void)pthread_mutex_init(&server->reloading, NULL);
	server->upcalls = &upcalls;
	server->trail = trail_new();
	server->rooms = rooms_new();
	server->upstreams = upstreams_new();
	settings_take(settings, loaded);
	/* No queue of the process before is left alone. */
	if (server->predecessor && handover_count(server->predecessor) > http_wanted_loops(config))
		settings->config.loops = (int64_t)handover_count(server->predecessor);
	settings_publish(server, settings);
	if ((e = settings_derive(settings, diag)))
		return e;
	if ((e = crypto_init()))
		return diag_set(diag, e, "OpenSSL does not work");
	return derive(server, config, diag);
}

void
server_release(struct server *server)
{
	issuer_free(atomic_load(&server->issuer));
	upstreams_free(server->upstreams);
	if (server->router)
		router_free(server->router);
	rolling_key_free(&server->csrf_key);
	secret_free(&server->audit_key);
	rolling_key_free(&server->browser_key);
	settings_free(atomic_load(&server->settings));
	notify_close(server->notify);
	rooms_free(server->rooms);
	trail_free(server->trail);
	(void)pthread_mutex_destroy(&server->reloading);
	arena_free(&server->arena);
}
