/*
 * A request becomes a delivery: an exchange and the way back to its connection.
 *
 * Quick handlers run here, on the loop.  Everything else is handed to a pool
 * and comes back as a message.  Meanwhile h2o may free the request (HTTP/2
 * reset): the anchor, a chunk in the request's pool, tells us so.  HTTP/1
 * disconnects are noticed only when the reply is written.
 */
#include "lib/base/clock.h"
#include "server/engine/head.h"
#include "server/engine/http_private.h"
#include "server/engine/work.h"
#include "server/route.h"
#include "server/upcalls.h"

#include <stdlib.h>
#include <string.h>

/* Kept per loop for the requests to come: with its arena each is 16 KB that a crowd leaves behind.
 */
enum { IDLE_DELIVERIES_MAX = 128, COMMITTED_TOGETHER = 16, WHOLE_MAX = 4 * 1024, PIECE = 2 * 1024 };

struct delivery {
	struct exchange exchange; /* first: an exchange of ours is a delivery */
	h2o_multithread_message_t message;
	struct delivery *next_idle;
	h2o_req_t *req;           /* NULL once h2o has freed it; loop thread only */
	struct delivery **anchor; /* in the pool of req, while it is held */
	bool must_close;
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
	d->exchange.cx.metrics = loop->metrics;
	d->anchor = NULL;
	d->must_close = false;
	return d;
}

static void
delivery_free(struct delivery *d)
{
	json_free(d->exchange.json);
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

void
delivery_headset(struct headset *set, bool https, bool may_cache)
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

/* With TLS a second copy, encrypted, waits for the reader: of a piece at a time. */
struct pieces {
	h2o_generator_t generator; /* first: h2o hands out this address */
	h2o_iovec_t rest;
};

static void
send_piece(h2o_generator_t *generator, h2o_req_t *req)
{
	struct pieces *p = (struct pieces *)generator;
	h2o_iovec_t piece = p->rest;

	if (piece.len > PIECE)
		piece.len = PIECE;
	p->rest.base += piece.len;
	p->rest.len -= piece.len;
	h2o_send(req, &piece, 1, p->rest.len ? H2O_SEND_STATE_IN_PROGRESS : H2O_SEND_STATE_FINAL);
}

static void
send_body(h2o_req_t *req, const struct reply *reply, bool is_head)
{
	h2o_iovec_t body = h2o_iovec_init(reply->body.p, reply->body.n);
	struct pieces *p;

	if (is_head || body.len <= WHOLE_MAX) {
		h2o_send_inline(req, body.len ? body.base : "", body.len);
		return;
	}
	p = h2o_mem_alloc_pool(&req->pool, sizeof *p);
	p->generator = (h2o_generator_t){.proceed = send_piece};
	p->rest = reply->body_stays ? body : h2o_strdup(&req->pool, body.base, body.len);
	h2o_start_response(req, &p->generator);
	send_piece(&p->generator, req);
}

/* Sends the reply, if there is still somebody to send it to, and ends d. */
static void
delivery_send(struct loop *loop, struct delivery *d)
{
	struct exchange *x = &d->exchange;
	h2o_req_t *req = d->req;

	exchange_enter(x, EXCHANGE_SENT);
	x->server->upcalls->count(x);
	x->server->upcalls->note(x);
	if (req) {
		if (d->anchor)
			*d->anchor = NULL;
		x->server->upcalls->finish(x);
		add_headers(loop->http, req, x);
		req->res.status = x->reply.status;
		req->res.reason = reply_reason(x->reply.status);
		if (x->reply.status != 204)
			req->res.content_length = x->reply.body.n;
		if (d->must_close || loop->draining)
			req->http1_is_persistent = 0;
		connection_note_reply(req, x->reply.body.n);
		send_body(req, &x->reply, x->request.head);
		x->server->upcalls->log(x);
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
	d->exchange.server->upcalls->refused(&d->exchange, why);
	delivery_send(loop, d);
}

static bool
runs_here(const struct exchange *x)
{
	bool is_local = x->server->reads_are_local || x->lane == LANE_LOOP;

	return is_local && x->server->upcalls->is_quick(x);
}

/* Hands d to a pool; it comes back as a message. */
static void
pass_on(struct loop *loop, struct delivery *d)
{
	enum err e;

	hold(loop, d);
	if ((e = work_run(&d->exchange)))
		unhold(loop, d, e);
}

/* A writer that is woken takes what there is: with the first of many it would commit that
 * one alone, with an fsync of its own, while the loop brings the others. */
static void
commit_later(struct loop *loop, struct delivery *d)
{
	hold(loop, d);
	jobs_add(&loop->changes, &d->exchange.job);
	if (loop->changes.count == COMMITTED_TOGETHER)
		delivery_commit(loop);
}

void
delivery_commit(struct loop *loop)
{
	struct jobs changes = loop->changes;
	struct job *next;
	enum err e;

	loop->changes = (struct jobs){0};
	if (!changes.count || !(e = work_commit_all(loop->http->server, &changes)))
		return;
	for (struct job *job = changes.first; job; job = next) {
		next = job->next;
		unhold(loop, (struct delivery *)job, e);
	}
}

static void
guard_and_handle(struct loop *loop, struct delivery *d)
{
	struct exchange *x = &d->exchange;

	x->cx.store = loop->store;
	if (runs_here(x) && !x->server->upcalls->guard(x)) {
		delivery_send(loop, d);
		return;
	}
	if (!runs_here(x)) {
		pass_on(loop, d);
		return;
	}
	if (!x->server->upcalls->handle(x))
		pass_on(loop, d);
	else if (exchange_changes(x))
		commit_later(loop, d);
	else
		delivery_send(loop, d);
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
	r->peer_uid = -1;
	if (x->loop->is_admin)
		r->peer_uid = listen_peer_uid(
			h2o_socket_get_fd(req->conn->callbacks->get_socket(req->conn)));
}

/* HTTP/2 has no such bytes, and none of the ambiguities; but a few of its bytes may
 * stand for many (HPACK), which h2o shares and a copy would not.  None is made. */
static enum err
check_http2_head(h2o_req_t *req)
{
	size_t size = 0;

	if (req->input.path.len > TARGET_MAX)
		return ERR_URI_TOO_LONG;
	for (size_t i = 0; i < req->headers.size && size <= HEAD_MAX; i++)
		size += req->headers.entries[i].name->len + req->headers.entries[i].value.len;
	if (size <= HEAD_MAX)
		return OK;
	req->headers.size = 0;
	return ERR_HEAD_TOO_LARGE;
}

static enum err
check_head(h2o_req_t *req)
{
	h2o_socket_t *sock;

	if (req->version >= 0x200)
		return check_http2_head(req);
	sock = req->conn->callbacks->get_socket(req->conn);
	return head_check((struct str){sock->input->bytes, sock->input->size});
}

int
delivery_begin(h2o_handler_t *self, h2o_req_t *req)
{
	struct loop *loop = (struct loop *)req->conn->ctx;
	struct delivery *d = delivery_take(loop);
	struct exchange *x = &d->exchange;
	enum err e = check_head(req);

	(void)self;
	d->req = req;
	connection_note_request(req);
	metrics_add(loop->metrics, METRIC_IN_FLIGHT, 0, 1);
	x->started_us = clock_monotonic_us();
	x->cx.now_ms = clock_now_ms();
	x->cx.deadline_us = x->started_us + EXCHANGE_DEADLINE_US;
	copy_request(x, req);
	d->must_close = !e && req->version < 0x200 && connection_forgets_ahead(req);
	if (!e && connection_is_given_up(req))
		e = ERR_UNAVAILABLE;
	if (x->server->upcalls->route(x, loop->request_number++) && !e) {
		guard_and_handle(loop, d);
		return 0;
	}
	if (e) {
		d->must_close = true;
		x->server->upcalls->refused(x, e);
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

void
delivery_finish(h2o_multithread_receiver_t *receiver, h2o_linklist_t *messages)
{
	struct loop *loop = H2O_STRUCT_FROM_MEMBER(struct loop, finished, receiver);

	while (!h2o_linklist_is_empty(messages)) {
		struct delivery *d =
			H2O_STRUCT_FROM_MEMBER(struct delivery, message.link, messages->next);
		struct exchange *x = &d->exchange;

		/* What is sent, and perhaps freed, has left the list. */
		h2o_linklist_unlink(messages->next); /* NOLINT(clang-analyzer-unix.Malloc) */
		while (x) {
			struct exchange *next = x->next;

			loop->held--;
			delivery_send(loop, (struct delivery *)x);
			x = next;
		}
	}
}

void
delivery_free_idle(struct loop *loop)
{
	struct delivery *next;

	for (struct delivery *d = loop->idle; d; d = next) {
		next = d->next_idle;
		delivery_free(d);
	}
	loop->idle = NULL;
}
