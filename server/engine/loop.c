/*
 * The event loops: each thread turns one, accepts from its own listener
 * (SO_REUSEPORT), takes a new certificate, and drains when the server stops.
 */
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/crypto/random.h"
#include "server/engine/http_private.h"
#include "server/engine/tls.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum {
	ACCEPT_BATCH = 16,
	DRAIN_IDLE_MS = 100, /* how long an idle connection lasts once the server stops */
	DRAIN_TURN_MS = 50,
	INPUT_BEGINS_WITH = 4 * 1024,
};

/* ---- connections ---- */

static void on_accept(h2o_socket_t *listener, const char *err);

static void
pause_listening(struct loop *loop)
{
	if (loop->listening)
		h2o_socket_read_stop(loop->listener);
	loop->listening = false;
}

static void
resume_listening(struct loop *loop)
{
	if (loop->listening || !loop->listener || loop->connections >= loop->http->connections_max)
		return;
	h2o_socket_read_start(loop->listener, on_accept);
	loop->listening = true;
}

static void
on_retry(h2o_timeout_entry_t *entry)
{
	resume_listening(H2O_STRUCT_FROM_MEMBER(struct loop, retry, entry));
}

void
loop_connection_gone(struct loop *loop)
{
	assert(loop->connections > 0);
	loop->connections--;
	if (!h2o_timeout_is_linked(&loop->retry))
		resume_listening(loop);
}

static void
retry_later(struct loop *loop)
{
	pause_listening(loop);
	if (!h2o_timeout_is_linked(&loop->retry))
		h2o_timeout_link(
			loop->context.loop, &loop->context.hundred_ms_timeout, &loop->retry);
}

/* False when there is nobody, or no room. */
static bool
accept_one(struct loop *loop)
{
	h2o_socket_t *sock;

	if (loop->connections >= loop->http->connections_max) {
		pause_listening(loop);
		return false;
	}
	errno = 0;
	sock = h2o_evloop_socket_accept(loop->listener);
	if (!sock) {
		/* Out of descriptors or memory: the event would fire for ever. */
		if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
			retry_later(loop);
		}
		return false;
	}
	if (!connection_begin(loop, sock))
		return true;
	loop->connections++;
	connections_look_later(loop);
	h2o_accept(&loop->accept, sock);
	return true;
}

static void
on_accept(h2o_socket_t *listener, const char *err)
{
	if (err)
		return;
	for (int i = 0; i < ACCEPT_BATCH; i++)
		if (!accept_one(listener->data))
			return;
}

/* ---- turns ---- */

static void
take_new_tls(struct loop *loop, unsigned generation)
{
	struct http *http = loop->http;

	pthread_mutex_lock(&http->lock);
	tls_free(loop->accept.ssl_ctx);
	loop->accept.ssl_ctx = loop->is_admin ? NULL : tls_ref(http->tls);
	pthread_mutex_unlock(&http->lock);
	loop->tls_generation = generation;
}

/* Takes whoever has connected already, then lets idle connections go: HTTP/1 in
 * h2o has no other way than a short request timeout.  With a successor there is no hurry: it takes
 * who has connected, and an idle connection, on which a request may be under way, ends as on any
 * day. */
static void
start_draining(struct loop *loop)
{
	bool hurries = !atomic_load(&loop->http->server->has_successor);

	while (hurries && accept_one(loop))
		;
	loop->draining = true;
	if (h2o_timeout_is_linked(&loop->retry))
		h2o_timeout_unlink(&loop->retry);
	h2o_socket_close(loop->listener);
	loop->listener = NULL;
	loop->listening = false;
	h2o_context_request_shutdown(&loop->context);
	if (hurries)
		loop->context.http1.req_timeout.timeout = DRAIN_IDLE_MS;
}

/* On the loop's own thread: h2o's buffers go back to the thread-local list they
 * came from, so a context made elsewhere would share that list with others. */
static void
loop_open(struct loop *loop)
{
	struct http *http = loop->http;

	/* A request fits; 8 KB for every connection is what h2o begins with. */
	h2o_socket_buffer_prototype._initial_buf.capacity = INPUT_BEGINS_WITH;
	pthread_mutex_lock(&http->lock);
	h2o_context_init(&loop->context, h2o_evloop_create(), &http->global);
	loop->accept.ssl_ctx = loop->is_admin ? NULL : tls_ref(http->tls);
	pthread_mutex_unlock(&http->lock);
	h2o_multithread_register_receiver(loop->context.queue, &loop->finished, delivery_finish);
	loop->accept.ctx = &loop->context;
	loop->accept.hosts = http->global.hosts;
	loop->listener =
		h2o_evloop_socket_create(loop->context.loop, loop->fd, H2O_SOCKET_FLAG_DONT_READ);
	loop->listener->data = loop;
	resume_listening(loop);
	(void)sem_post(&http->ready);
}

/* Connections and handlers that outlived the drain end with the process; h2o
 * has no way to end them before. */
static void
loop_close(struct loop *loop)
{
	if (loop->connections || loop->held)
		return;
	if (h2o_timeout_is_linked(&loop->look))
		h2o_timeout_unlink(&loop->look);
	/* h2o frees closed sockets on the next turn. */
	(void)h2o_evloop_run(loop->context.loop, 0);
	tls_free(loop->accept.ssl_ctx);
	/* h2o_context_request_shutdown left it for HTTP/2's second GOAWAY. */
	if (h2o_timeout_is_linked(&loop->context.http2._graceful_shutdown_timeout))
		h2o_timeout_unlink(&loop->context.http2._graceful_shutdown_timeout);
	h2o_multithread_unregister_receiver(loop->context.queue, &loop->finished);
	h2o_context_dispose(&loop->context);
	loop->ended = true;
}

static int64_t
drain_limit_us(const struct http *http)
{
	int64_t limit_ms = server_config(http->server)->shutdown_timeout_s * MS_PER_S;

	return (limit_ms + (atomic_load(&http->server->has_successor) ? REQUEST_TIMEOUT_MS : 0)) *
	       1000;
}

static void
loop_turns(struct loop *loop)
{
	struct http *http = loop->http;
	int64_t deadline_us = INT64_MAX;

	for (;;) {
		unsigned generation = atomic_load(&http->tls_generation);

		atomic_fetch_add_explicit(&loop->turns, 1, memory_order_relaxed);
		if (generation != loop->tls_generation)
			take_new_tls(loop, generation);
		if (!loop->draining && atomic_load(&http->server->draining)) {
			start_draining(loop);
			deadline_us = clock_monotonic_us() + drain_limit_us(http);
		}
		if (loop->draining && ((!loop->connections && !loop->held) ||
					      clock_monotonic_us() >= deadline_us))
			return;
		if (h2o_evloop_run(
			    loop->context.loop, loop->draining ? DRAIN_TURN_MS : INT32_MAX) &&
			errno != EINTR) {
			log_error("event loop failed", log_c("why", strerror(errno)));
			abort();
		}
		delivery_commit(loop);
		connections_look_in_crowd(loop);
	}
}

static void *
loop_run(void *arg)
{
	struct loop *loop = arg;

	loop_open(loop);
	loop_turns(loop);
	loop_close(loop);
	return NULL;
}

/* ---- life ---- */

enum err
loop_prepare(struct loop *loop, struct http *http, int fd, struct diag *diag)
{
	enum err e;

	loop->http = http;
	loop->fd = fd;
	loop->retry.cb = on_retry;
	loop->look.cb = connections_on_look;
	if ((e = random_bytes(&loop->request_number, sizeof loop->request_number)))
		return e;
	/* Quick routes read here; no others do. */
	if (!http->server->reads_are_local)
		return OK;
	return store_open(&http->server->store, &loop->store, diag);
}

enum err
loop_start(struct loop *loop, struct diag *diag)
{
	if (pthread_create(&loop->thread, NULL, loop_run, loop))
		return diag_set(diag, ERR_UNAVAILABLE, "cannot start an event loop");
	return OK;
}

void
loop_wake(struct loop *loop)
{
	h2o_multithread_send_message(&loop->finished, NULL);
}

void
loop_join(struct loop *loop)
{
	(void)pthread_join(loop->thread, NULL);
}

void
loop_free(struct loop *loop)
{
	store_close(loop->store);
	delivery_free_idle(loop);
}
