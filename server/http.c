/*
 * The glue to h2o 2.2.5 (evloop).  A request becomes a delivery: an exchange
 * and the way back to its connection.
 *
 * Quick handlers run here, on the loop.  Everything else is handed to a pool
 * and comes back as a message.  Meanwhile h2o may free the request (HTTP/2
 * reset): the anchor, a chunk in the request's pool, tells us so.  HTTP/1
 * disconnects are noticed only when the reply is written.
 */
#include "server/http.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/crypto/random.h"
#include "server/dispatch.h"
#include "server/head.h"
#include "server/listen.h"
#include "server/reply.h"
#include "server/route.h"
#include "server/server.h"
#include "server/tls.h"
#include "server/work.h"

#define H2O_USE_EPOLL 1
#include <h2o.h>
#include <h2o/http1.h>

#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
	LOOPS_MAX = 256,
	ACCEPT_BATCH = 16,
	IDLE_DELIVERIES_MAX = 1024,
	REQUEST_TIMEOUT_MS = 10 * 1000, /* idle keep-alive, and reading one request */
	DRAIN_IDLE_MS = 100,            /* the same, once the server stops */
	DRAIN_TURN_MS = 50,
};

struct delivery {
	struct exchange exchange; /* first: an exchange of ours is a delivery */
	h2o_multithread_message_t message;
	struct delivery *next_idle;
	h2o_req_t *req;           /* NULL once h2o has freed it; loop thread only */
	struct delivery **anchor; /* in the pool of req, while it is held */
	bool must_close;
};

/* Headers in h2o's form, ready to be copied into a reply. */
struct headset {
	h2o_header_t list[COMMON_HEADERS_MAX];
	struct header source[COMMON_HEADERS_MAX];
	size_t count;
};

struct loop {
	h2o_context_t context; /* first: h2o hands out this address */
	struct http *http;
	h2o_accept_ctx_t accept;
	h2o_socket_t *listener;
	int fd; /* of the listener */
	bool listening;
	bool ended; /* h2o's part has been disposed of */
	bool draining;
	h2o_timeout_entry_t retry;
	h2o_multithread_receiver_t finished;
	struct store *store;
	struct delivery *idle;
	size_t idle_count;
	size_t connections;
	size_t held; /* deliveries that a pool has */
	uint64_t request_number;
	unsigned tls_generation;
	pthread_t thread;
};

struct http {
	struct server *server;
	h2o_globalconf_t global;
	struct headset headers_private; /* Cache-Control: no-store */
	struct headset headers_cacheable;
	size_t connections_max; /* per loop */
	pthread_mutex_t lock;   /* tls, and h2o_context_init */
	sem_t ready;
	SSL_CTX *tls;
	atomic_uint tls_generation;
	char address[LISTEN_TEXT_SIZE];
	size_t loop_count;
	struct loop *loops;
};

/* ---- deliveries ---- */

static struct delivery *
delivery_take(struct loop *loop)
{
	struct delivery *d = loop->idle;

	if (d) {
		loop->idle = d->next_idle;
		loop->idle_count--;
	} else {
		d = xcalloc(1, sizeof *d);
	}
	exchange_reset(&d->exchange);
	d->exchange.loop = loop;
	d->exchange.server = loop->http->server;
	d->anchor = NULL;
	d->must_close = false;
	return d;
}

static void
delivery_free(struct delivery *d)
{
	arena_free(&d->exchange.arena);
	free(d);
}

static void
delivery_give(struct loop *loop, struct delivery *d)
{
	if (loop->idle_count == IDLE_DELIVERIES_MAX) {
		delivery_free(d);
		return;
	}
	d->next_idle = loop->idle;
	loop->idle = d;
	loop->idle_count++;
}

/* ---- replies ---- */

static void
headset_init(struct headset *set, bool https, bool may_cache)
{
	set->count = reply_common_headers(https, may_cache, set->source);
	for (size_t i = 0; i < set->count; i++) {
		struct header *h = &set->source[i];

		set->list[i] = (h2o_header_t){
			.name = (h2o_iovec_t *)(void *)&h->name,
			.value = h2o_iovec_init(h->value.p, h->value.n),
		};
	}
}

_Static_assert(sizeof(struct str) == sizeof(h2o_iovec_t) &&
		       offsetof(struct str, n) == offsetof(h2o_iovec_t, len),
	"a struct str may be read as a h2o_iovec_t");

static void
add_header(h2o_req_t *req, struct str *name, struct str value)
{
	h2o_headers_t *headers = &req->res.headers;

	headers->entries[headers->size++] = (h2o_header_t){
		.name = (h2o_iovec_t *)(void *)name,
		.value = h2o_iovec_init(value.p, value.n),
	};
}

/* h2o writes the head before h2o_send_inline returns, so names and values may
 * live in the exchange. */
static void
add_headers(struct http *http, h2o_req_t *req, struct exchange *x)
{
	static struct str content_type = {"content-type", 12};
	bool good = x->reply.status == 200 || x->reply.status == 304;
	bool may_cache = x->route && x->route->flags & ROUTE_CACHE && good;
	const struct headset *set = may_cache ? &http->headers_cacheable : &http->headers_private;

	h2o_vector_reserve(&req->pool, &req->res.headers, set->count + x->reply.header_count + 1);
	memcpy(req->res.headers.entries, set->list, set->count * sizeof set->list[0]);
	req->res.headers.size = set->count;
	if (x->reply.policy.n)
		req->res.headers.entries[COMMON_HEADER_POLICY].value =
			h2o_iovec_init(x->reply.policy.p, x->reply.policy.n);
	if (x->reply.content_type.n)
		add_header(req, &content_type, x->reply.content_type);
	for (size_t i = 0; i < x->reply.header_count; i++)
		add_header(req, &x->reply.headers[i].name, x->reply.headers[i].value);
}

/* Sends the reply, if there is still somebody to send it to, and ends d. */
static void
delivery_send(struct loop *loop, struct delivery *d)
{
	struct exchange *x = &d->exchange;
	h2o_req_t *req = d->req;

	if (req) {
		if (d->anchor)
			*d->anchor = NULL;
		dispatch_finish(x);
		add_headers(loop->http, req, x);
		req->res.status = x->reply.status;
		req->res.reason = reply_reason(x->reply.status);
		if (x->reply.status != 204)
			req->res.content_length = x->reply.body.n;
		if (d->must_close || loop->draining)
			req->http1_is_persistent = 0;
		h2o_send_inline(req, x->reply.body.n ? x->reply.body.p : "", x->reply.body.n);
		dispatch_log(x);
	}
	delivery_give(loop, d);
}

/* ---- requests ---- */

static void
on_dispose(void *anchor)
{
	struct delivery *d = *(struct delivery **)anchor;

	if (d)
		d->req = NULL;
}

static void
hold(struct loop *loop, struct delivery *d)
{
	d->anchor = h2o_mem_alloc_shared(&d->req->pool, sizeof *d->anchor, on_dispose);
	*d->anchor = d;
	loop->held++;
}

static void
unhold(struct loop *loop, struct delivery *d, enum err why)
{
	loop->held--;
	dispatch_committed(&d->exchange, why);
	delivery_send(loop, d);
}

static bool
runs_here(const struct exchange *x)
{
	return x->route->flags & ROUTE_QUICK && x->server->reads_are_local;
}

static void
run(struct loop *loop, struct delivery *d)
{
	struct exchange *x = &d->exchange;
	enum err e;

	if (!runs_here(x)) {
		hold(loop, d);
		if ((e = work_run(x)))
			unhold(loop, d, e);
		return;
	}
	x->cx.store = loop->store;
	dispatch_run(x);
	if (!x->change) {
		delivery_send(loop, d);
		return;
	}
	hold(loop, d);
	if ((e = work_commit(x)))
		unhold(loop, d, e);
}

static struct ipaddr
peer_of(const h2o_req_t *req)
{
	struct sockaddr_storage storage;

	if (!req->conn->callbacks->get_peername(req->conn, (struct sockaddr *)&storage))
		return (struct ipaddr){.size = 0};
	return listen_ipaddr(&storage);
}

static struct str
put(char **at, h2o_iovec_t bytes)
{
	struct str s = {*at, bytes.len};

	if (bytes.len)
		memcpy(*at, bytes.base, bytes.len);
	*at += bytes.len;
	return s;
}

/* One block of the arena takes all text of the request. */
static void
copy_request(struct exchange *x, const h2o_req_t *req)
{
	struct request *r = &x->request;
	size_t size = req->input.path.len + req->entity.len;
	struct header *headers = arena_array(x->cx.arena, struct header, req->headers.size);
	char *at;

	for (size_t i = 0; i < req->headers.size; i++)
		size += req->headers.entries[i].name->len + req->headers.entries[i].value.len;
	at = arena_alloc(x->cx.arena, size);
	r->method = method_parse((struct str){req->input.method.base, req->input.method.len});
	r->head = h2o_memis(req->input.method.base, req->input.method.len, H2O_STRLIT("HEAD"));
	r->target = put(&at, req->input.path);
	for (size_t i = 0; i < req->headers.size; i++) {
		headers[i].name = put(&at, *req->headers.entries[i].name);
		headers[i].value = put(&at, req->headers.entries[i].value);
	}
	r->headers = headers;
	r->header_count = req->headers.size;
	r->body = put(&at, req->entity);
	r->peer = peer_of(req);
}

/* HTTP/2 has no such bytes, and none of the ambiguities. */
static enum err
check_head(h2o_req_t *req)
{
	h2o_socket_t *sock;

	if (req->version >= 0x200)
		return OK;
	sock = req->conn->callbacks->get_socket(req->conn);
	return head_check((struct str){sock->input->bytes, sock->input->size});
}

static int
on_request(h2o_handler_t *self, h2o_req_t *req)
{
	struct loop *loop = (struct loop *)req->conn->ctx;
	struct delivery *d = delivery_take(loop);
	struct exchange *x = &d->exchange;
	enum err e = check_head(req);

	(void)self;
	d->req = req;
	x->started_us = clock_monotonic_us();
	x->cx.now_ms = clock_now_ms();
	copy_request(x, req);
	if (dispatch_route(x, loop->request_number++) && !e) {
		run(loop, d);
		return 0;
	}
	if (e) {
		d->must_close = true;
		reply_error(x, e);
	}
	delivery_send(loop, d);
	return 0;
}

/* ---- what comes back from the pools ---- */

void
http_deliver(struct exchange *chain)
{
	struct delivery *d = (struct delivery *)chain;

	h2o_multithread_send_message(&chain->loop->finished, &d->message);
}

static void
on_finished(h2o_multithread_receiver_t *receiver, h2o_linklist_t *messages)
{
	struct loop *loop = H2O_STRUCT_FROM_MEMBER(struct loop, finished, receiver);

	while (!h2o_linklist_is_empty(messages)) {
		struct delivery *d =
			H2O_STRUCT_FROM_MEMBER(struct delivery, message.link, messages->next);
		struct exchange *x = &d->exchange;

		h2o_linklist_unlink(messages->next);
		while (x) {
			struct exchange *next = x->next;

			loop->held--;
			delivery_send(loop, (struct delivery *)x);
			x = next;
		}
	}
}

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

static void
on_close(void *data)
{
	struct loop *loop = data;

	loop->connections--;
	if (!h2o_timeout_is_linked(&loop->retry))
		resume_listening(loop);
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
			pause_listening(loop);
			h2o_timeout_link(loop->context.loop, &loop->context.hundred_ms_timeout,
				&loop->retry);
		}
		return false;
	}
	loop->connections++;
	sock->on_close.cb = on_close;
	sock->on_close.data = loop;
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

/* ---- loops ---- */

static void
take_new_tls(struct loop *loop, unsigned generation)
{
	struct http *http = loop->http;

	pthread_mutex_lock(&http->lock);
	tls_free(loop->accept.ssl_ctx);
	loop->accept.ssl_ctx = tls_ref(http->tls);
	pthread_mutex_unlock(&http->lock);
	loop->tls_generation = generation;
}

/* Takes whoever has connected already, then lets idle connections go: HTTP/1 in
 * h2o has no other way than a short request timeout. */
static void
start_draining(struct loop *loop)
{
	while (accept_one(loop))
		;
	loop->draining = true;
	if (h2o_timeout_is_linked(&loop->retry))
		h2o_timeout_unlink(&loop->retry);
	h2o_socket_close(loop->listener);
	loop->listener = NULL;
	loop->listening = false;
	h2o_context_request_shutdown(&loop->context);
	loop->context.http1.req_timeout.timeout = DRAIN_IDLE_MS;
}

/* On the loop's own thread: h2o's buffers go back to the thread-local list they
 * came from, so a context made elsewhere would share that list with others. */
static void
loop_open(struct loop *loop)
{
	struct http *http = loop->http;

	pthread_mutex_lock(&http->lock);
	h2o_context_init(&loop->context, h2o_evloop_create(), &http->global);
	loop->accept.ssl_ctx = tls_ref(http->tls);
	pthread_mutex_unlock(&http->lock);
	h2o_multithread_register_receiver(loop->context.queue, &loop->finished, on_finished);
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

static void
loop_turns(struct loop *loop)
{
	struct http *http = loop->http;
	int64_t timeout_us = http->server->config->shutdown_timeout_s * MS_PER_S * 1000;
	int64_t deadline_us = INT64_MAX;

	for (;;) {
		unsigned generation = atomic_load(&http->tls_generation);

		if (generation != loop->tls_generation)
			take_new_tls(loop, generation);
		if (!loop->draining && atomic_load(&http->server->draining)) {
			start_draining(loop);
			deadline_us = clock_monotonic_us() + timeout_us;
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
	catch_all->on_req = on_request;
	headset_init(&http->headers_private, http->server->https, false);
	headset_init(&http->headers_cacheable, http->server->https, true);
}

static size_t
wanted_loops(const struct config *config)
{
	int64_t n = config->loops ? config->loops : sysconf(_SC_NPROCESSORS_ONLN);

	if (n < 1)
		n = 1;
	return n > LOOPS_MAX ? LOOPS_MAX : (size_t)n;
}

static enum err
loop_prepare(struct http *http, struct loop *loop, int fd, struct diag *diag)
{
	enum err e;

	loop->http = http;
	loop->fd = fd;
	loop->retry.cb = on_retry;
	if ((e = random_bytes(&loop->request_number, sizeof loop->request_number)))
		return e;
	/* Quick routes read here; no others do. */
	if (!http->server->reads_are_local)
		return OK;
	return store_open(&http->server->store, &loop->store, diag);
}

static enum err
start_loops(struct http *http, const int fds[], struct diag *diag)
{
	enum err e;

	for (size_t i = 0; i < http->loop_count; i++)
		if ((e = loop_prepare(http, &http->loops[i], fds[i], diag)))
			return e;
	for (size_t i = 0; i < http->loop_count; i++)
		if (pthread_create(&http->loops[i].thread, NULL, loop_run, &http->loops[i]))
			return diag_set(diag, ERR_UNAVAILABLE, "cannot start an event loop");
	for (size_t i = 0; i < http->loop_count; i++)
		while (sem_wait(&http->ready))
			;
	return OK;
}

enum err
http_start(struct server *server, struct http **ret, struct diag *diag)
{
	struct http *http = xcalloc(1, sizeof *http);
	const struct config *config = server->config;
	int fds[LOOPS_MAX];
	enum err e;

	http->server = server;
	http->loop_count = wanted_loops(config);
	http->loops = xcalloc(http->loop_count, sizeof *http->loops);
	http->connections_max = (size_t)config->max_connections / http->loop_count + 1;
	pthread_mutex_init(&http->lock, NULL);
	(void)sem_init(&http->ready, 0, 0);
	e = tls_wanted(config) ? tls_open(config, &http->tls, diag) : OK;
	if (!e)
		e = listen_open(config->server_addr, fds, http->loop_count, http->address, diag);
	if (e) {
		tls_free(http->tls);
		free(http->loops);
		free(http);
		return e;
	}
	configure(http);
	if ((e = start_loops(http, fds, diag)))
		return e; /* the process ends: threads may already use http */
	*ret = http;
	return OK;
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

static void
wake_loops(struct http *http)
{
	for (size_t i = 0; i < http->loop_count; i++)
		h2o_multithread_send_message(&http->loops[i].finished, NULL);
}

enum err
http_reload_tls(struct http *http, struct diag *diag)
{
	SSL_CTX *fresh = NULL;
	enum err e;

	if (!tls_wanted(http->server->config))
		return OK;
	if ((e = tls_open(http->server->config, &fresh, diag)))
		return e;
	pthread_mutex_lock(&http->lock);
	tls_free(http->tls);
	http->tls = fresh;
	pthread_mutex_unlock(&http->lock);
	atomic_fetch_add(&http->tls_generation, 1);
	wake_loops(http);
	return OK;
}

void
http_stop(struct http *http)
{
	atomic_store(&http->server->draining, true);
	wake_loops(http);
	for (size_t i = 0; i < http->loop_count; i++)
		(void)pthread_join(http->loops[i].thread, NULL);
}

static void
loop_free(struct loop *loop)
{
	struct delivery *next;

	store_close(loop->store);
	for (struct delivery *d = loop->idle; d; d = next) {
		next = d->next_idle;
		delivery_free(d);
	}
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
	tls_free(http->tls);
	pthread_mutex_destroy(&http->lock);
	(void)sem_destroy(&http->ready);
	free(http->loops);
	free(http);
}
