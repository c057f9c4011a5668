/*
 * What the five files around h2o share: http.c starts and stops, loop.c turns
 * the event loops and accepts, connection.c counts who is there and ends what stalls,
 * delivery.c takes a request and sends its reply, refusal.c dresses what h2o refuses by itself.
 * h2o.h is included here and nowhere else.
 */
#ifndef SERVER_ENGINE_HTTP_PRIVATE_H
#define SERVER_ENGINE_HTTP_PRIVATE_H

#include "lib/base/shares.h"
#include "server/engine/http.h"
#include "server/engine/listen.h"
#include "server/reply.h"
#include "server/server.h"

#define H2O_USE_EPOLL 1
#include <h2o.h>
#include <h2o/http1.h>

#include <pthread.h>
#include <semaphore.h>

struct connection;
struct delivery;

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
	int fd;        /* of the listener */
	bool is_admin; /* the listener is the admin socket; never TLS */
	bool listening;
	bool ended; /* h2o's part has been disposed of */
	bool draining;
	h2o_timeout_entry_t retry;
	h2o_timeout_entry_t look; /* while there are connections */
	int64_t looked_us;        /* by connections_look_in_crowd */
	h2o_multithread_receiver_t finished;
	struct store *store;
	struct metrics_shard *metrics; /* NULL if nobody counts */
	struct delivery *idle;
	size_t idle_count;
	size_t connections;
	struct connection *first;
	struct jobs changes; /* exchanges of this turn, on their way to the writer */
	size_t held;         /* deliveries that a pool has */
	uint64_t request_number;
	unsigned tls_generation;
	atomic_uint turns;
	unsigned turns_seen; /* by http_still_loops */
	pthread_t thread;
};

/* For connections of strangers, in all loops. */
struct places {
	pthread_mutex_t lock;
	size_t max, held;
	bool taken;  /* one was, since places_were_taken was asked */
	size_t most; /* held at once, since places_have_emptied has said so */
	struct shares *shares;
};

struct http {
	struct server *server;
	h2o_globalconf_t global;
	struct headset headers_private; /* Cache-Control: no-store */
	struct headset headers_cacheable;
	size_t connections_max; /* per loop */
	struct places places;
	pthread_mutex_t lock; /* tls, and h2o_context_init */
	sem_t ready;
	SSL_CTX *tls;
	struct old_tls *old_tls; /* what tls was before */
	atomic_uint tls_generation;
	char address[LISTEN_TEXT_SIZE];
	bool is_managed; /* the socket outlives the process */
	size_t loop_count;
	struct loop *loops;
};

/* ---- connection.c ---- */

void places_open(struct places *, size_t max);
void places_close(struct places *);
/* True, once, when many have left. */
bool places_have_emptied(struct places *);
/* True if one is held, or was since the last call. */
bool places_were_taken(struct places *);
/* False if its address or network holds too many already: it is closed. */
bool connection_begin(struct loop *, h2o_socket_t *);
/* It has come whole. */
void connection_note_request(h2o_req_t *);
/* Before it is sent. */
void connection_note_reply(h2o_req_t *, size_t size);
/* Of a request of HTTP/1 that is whole: true if much was sent behind it, which is let go;
 * then the connection has to end with its reply (RFC 9112 section 9.3.2). */
bool connection_forgets_ahead(h2o_req_t *);
/* It has been, for a reply that nobody reads. */
bool connection_is_given_up(h2o_req_t *);
/* After one has come: ends those whose reply nobody reads, and those that do not end a large
 * request while many do not, until all have gone. */
void connections_look_later(struct loop *);
void connections_on_look(h2o_timeout_entry_t *);
/* After a turn: the same at once, if many are connected and it has not been done just before. */
void connections_look_in_crowd(struct loop *);

/* ---- delivery.c ---- */

/* Fills the headers that every reply has. */
void delivery_headset(struct headset *, bool https, bool may_cache);
/* h2o's handler for every path. */
int delivery_begin(h2o_handler_t *, h2o_req_t *);
/* h2o's receiver of what http_deliver sends. */
void delivery_finish(h2o_multithread_receiver_t *, h2o_linklist_t *messages);
/* Frees what the loop keeps for its next requests. */
/* Sends the changes of this turn to the writer: at its end, or when they are many. */
void delivery_commit(struct loop *);
void delivery_free_idle(struct loop *);

/* ---- refusal.c ---- */

/* Gives replies that h2o makes by itself our headers and form. */
void refusal_register(h2o_hostconf_t *);

/* ---- loop.c ---- */

/* fd is a listening socket; it becomes the loop's. */
MUST_USE enum err loop_prepare(struct loop *, struct http *, int fd, struct diag *);
MUST_USE enum err loop_start(struct loop *, struct diag *);
/* One that connection_begin has taken is closed. */
void loop_connection_gone(struct loop *);
/* Makes the loop look at what has changed; any thread. */
void loop_wake(struct loop *);
void loop_join(struct loop *);
/* After loop_join. */
void loop_free(struct loop *);

#endif
