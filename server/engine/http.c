/* Starts and stops the event loops around h2o 2.2.5 (evloop). */
#include "server/engine/http_private.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "server/engine/handover.h"
#include "server/engine/tls.h"
#include "server/route.h"

#include <stdlib.h>
#include <unistd.h>

enum {
	LOOPS_MAX = 256,
};

static void
configure(struct http *http)
{
	h2o_globalconf_t *global = &http->global;
	h2o_hostconf_t *host;
	h2o_pathconf_t *path;
	h2o_handler_t *catch_all;
	size_t body_max = BODY_MAX_DEFAULT;

	for (size_t i = 0; i < routes_count; i++)
		if (routes[i].body_max > body_max)
			body_max = routes[i].body_max;
	h2o_config_init(global);
	global->server_name = h2o_iovec_init(H2O_STRLIT(""));
	global->max_request_entity_size = body_max;
	global->handshake_timeout = REQUEST_TIMEOUT_MS;
	global->http1.req_timeout = REQUEST_TIMEOUT_MS;
	global->http1.upgrade_to_http2 = 0;
	global->http2.idle_timeout = REQUEST_TIMEOUT_MS;
	global->http2.graceful_shutdown_timeout = REQUEST_TIMEOUT_MS;
	host = h2o_config_register_host(global, h2o_iovec_init(H2O_STRLIT("default")), 65535);
	path = h2o_config_register_path(host, "/", 0);
	catch_all = h2o_create_handler(path, sizeof *catch_all);
	catch_all->on_req = delivery_begin;
	refusal_register(host);
	delivery_headset(&http->headers_private, http->server->https, false);
	delivery_headset(&http->headers_cacheable, http->server->https, true);
}

size_t
http_wanted_loops(const struct config *config)
{
	int64_t n = config->loops ? config->loops : sysconf(_SC_NPROCESSORS_ONLN);

	if (n < 1)
		n = 1;
	return n > LOOPS_MAX ? LOOPS_MAX : (size_t)n;
}

size_t
http_loops_wanted(const struct config *config)
{
	return http_wanted_loops(config) + 1;
}

/* One more loop for the admin socket, which must answer while others are busy.
 * A socket that was asked for must be there; the one beside the database is a
 * convenience, which a long path may cost. */
static enum err
add_admin_loop(struct http *http, int fds[], struct diag *diag)
{
	const struct config *config = server_config(http->server);
	struct str path = http->server->admin_socket;
	enum err e;
	int given = http->server->predecessor
			    ? handover_admin_socket(http->server->predecessor, path)
			    : -1;

	if (!path.n)
		return OK;
	if (given >= 0) {
		fds[http->loop_count] = given;
	} else if ((e = listen_open_unix(path, &fds[http->loop_count], diag))) {
		if (config->admin_socket.n)
			return e;
		log_warning("admin socket not opened", log_c("why", diag->text));
		http->server->admin_socket = STR_NONE;
		return OK;
	}
	http->loops[http->loop_count++].is_admin = true;
	return OK;
}

static enum err
open_sockets(struct http *http, int fds[], struct diag *diag)
{
	const struct predecessor *before = http->server->predecessor;

	http->is_managed = before ? handover_are_managed(before) : listen_is_given();
	if (before)
		return listen_adopt(handover_sockets(before), handover_count(before), fds,
			http->loop_count, http->address, diag);
	return listen_open(server_config(http->server)->server_addr, fds, http->loop_count,
		http->address, diag);
}

static enum err
start_loops(struct http *http, const int fds[], struct diag *diag)
{
	enum err e;

	for (size_t i = 0; i < http->loop_count; i++) {
		http->loops[i].metrics = metrics_shard(http->server->metrics, METRICS_LOOPS + i);
		if ((e = loop_prepare(&http->loops[i], http, fds[i], diag)))
			return e;
	}
	for (size_t i = 0; i < http->loop_count; i++)
		if ((e = loop_start(&http->loops[i], diag)))
			return e;
	for (size_t i = 0; i < http->loop_count; i++)
		while (sem_wait(&http->ready))
			;
	return OK;
}

static void
note_certificate(const struct http *http)
{
	struct metrics *m = http->server->metrics;
	int64_t end_ms = http->tls ? tls_expiry_ms(http->tls) : 0;

	if (end_ms)
		metrics_set(m, METRIC_CERTIFICATE_END, 0, end_ms * 1000);
	else
		metrics_unset(m, METRIC_CERTIFICATE_END);
}

enum err
http_start(struct server *server, struct http **ret, struct diag *diag)
{
	struct http *http = xcalloc(1, sizeof *http);
	const struct config *config = server_config(server);
	int fds[LOOPS_MAX + 1];
	enum err e;

	http->server = server;
	http->loop_count = http_wanted_loops(config);
	http->loops = xcalloc(http->loop_count + 1, sizeof *http->loops);
	http->connections_max = (size_t)config->max_connections / http->loop_count + 1;
	pthread_mutex_init(&http->lock, NULL);
	places_open(&http->places, http->connections_max * http->loop_count);
	(void)sem_init(&http->ready, 0, 0);
	e = tls_wanted(config) ? tls_open(config, &http->tls, diag) : OK;
	if (!e)
		e = open_sockets(http, fds, diag);
	if (!e)
		e = add_admin_loop(http, fds, diag);
	if (e) {
		tls_free(http->tls);
		places_close(&http->places);
		free(http->loops);
		free(http);
		return e;
	}
	note_certificate(http);
	configure(http);
	if ((e = start_loops(http, fds, diag)))
		return e; /* the process ends: threads may already use http */
	*ret = http;
	return OK;
}

const char *
http_library(void)
{
	return H2O_VERSION;
}

const char *
http_address(const struct http *http)
{
	return http->address;
}

size_t
http_loop_count(const struct http *http)
{
	return http->loop_count;
}

int
http_socket(const struct http *http, size_t loop, bool *ret_is_admin)
{
	*ret_is_admin = http->loops[loop].is_admin;
	return http->loops[loop].fd;
}

static void
wake(struct http *http)
{
	for (size_t i = 0; i < http->loop_count; i++)
		loop_wake(&http->loops[i]);
}

size_t
http_still_loops(struct http *http)
{
	size_t count = 0;

	for (size_t i = 0; i < http->loop_count; i++) {
		struct loop *loop = &http->loops[i];
		unsigned turns = atomic_load_explicit(&loop->turns, memory_order_relaxed);

		count += turns == loop->turns_seen;
		loop->turns_seen = turns;
	}
	wake(http);
	return count;
}

bool
http_is_managed(const struct http *http)
{
	return http->is_managed;
}

bool
http_is_visited(struct http *http)
{
	return places_were_taken(&http->places);
}

bool
http_has_emptied(struct http *http)
{
	return places_have_emptied(&http->places);
}

/* h2o makes the SSL of a connection when its first bytes come, from the context
 * that the connection was accepted with, and does not hold that one meanwhile: a
 * context is kept for longer than a handshake may take. */
struct old_tls {
	SSL_CTX *context;
	int64_t replaced_us;
	struct old_tls *next;
};

static void
keep_old_tls(struct http *http, SSL_CTX *context, int64_t now_us)
{
	struct old_tls *old = xcalloc(1, sizeof *old);

	*old = (struct old_tls){context, now_us, http->old_tls};
	http->old_tls = old;
}

static void
free_old_tls(struct http *http, int64_t replaced_before_us)
{
	struct old_tls **at = &http->old_tls;

	while (*at) {
		struct old_tls *old = *at;

		if (old->replaced_us >= replaced_before_us) {
			at = &old->next;
			continue;
		}
		*at = old->next;
		tls_free(old->context);
		free(old);
	}
}

enum err
http_reload_tls(struct http *http, const struct config *config, struct diag *diag)
{
	int64_t now_us = clock_monotonic_us();
	SSL_CTX *fresh = NULL;
	enum err e;

	if (tls_wanted(config) && (e = tls_open(config, &fresh, diag)))
		return e;
	pthread_mutex_lock(&http->lock);
	free_old_tls(http, now_us - 2 * REQUEST_TIMEOUT_MS * INT64_C(1000));
	keep_old_tls(http, http->tls, now_us);
	http->tls = fresh;
	note_certificate(http);
	pthread_mutex_unlock(&http->lock);
	atomic_fetch_add(&http->tls_generation, 1);
	wake(http);
	return OK;
}

void
http_stop(struct http *http)
{
	atomic_store(&http->server->draining, true);
	wake(http);
	for (size_t i = 0; i < http->loop_count; i++)
		loop_join(&http->loops[i]);
	if (http->server->admin_socket.n && !atomic_load(&http->server->has_successor))
		(void)unlink(http->server->admin_socket.p);
}

void
http_free(struct http *http)
{
	if (!http)
		return;
	for (size_t i = 0; i < http->loop_count; i++)
		if (!http->loops[i].ended)
			return;
	for (size_t i = 0; i < http->loop_count; i++)
		loop_free(&http->loops[i]);
	h2o_config_dispose(&http->global);
	free_old_tls(http, INT64_MAX);
	tls_free(http->tls);
	pthread_mutex_destroy(&http->lock);
	places_close(&http->places);
	(void)sem_destroy(&http->ready);
	free(http->loops);
	free(http);
}
