/*
 * struct server: what every exchange shares, made once by server/prepare.c.  What belongs to
 * a room is a pointer here, and declared there.
 */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include "lib/base/pool.h"
#include "lib/base/secret.h"
#include "lib/cache/limiter.h"
#include "lib/crypto/rolling_key.h"
#include "lib/metrics/metrics.h"
#include "lib/oauth/issuer.h"
#include "lib/store/store.h"
#include "server/health.h"
#include "server/settings.h"

#include <pthread.h>
#include <stdatomic.h>

struct housekeeping;
struct http;
struct notices;
struct notify;
struct predecessor;
struct redis;
struct rooms;
struct router;
struct trail;
struct upcalls;
struct upstreams;

struct server {
	const struct upcalls *upcalls;
	_Atomic(struct settings *) settings; /* replaced by a reload */
	const struct config_request *source; /* where a reload reads */
	pthread_mutex_t reloading;
	struct http *http;
	_Atomic(struct issuer *) issuer; /* replaced by a chore when keys change */
	struct rolling_key csrf_key;
	struct rolling_key browser_key; /* server/gate/known_browser.c */
	/* Chains the audit log: lib/store/audit_chain.h. */
	struct secret audit_key;
	struct limiter *limits;     /* requests per address and more, server/gate/limit.c */
	struct limiter *own_limits; /* of this node alone, for what must never wait */
	struct redis *redis;        /* that it counts in, or NULL */
	struct pool **pools;        /* server/engine/work.h; NULL before the start, and offline */
	atomic_int connections;     /* connections that workers and hashers have made */
	struct metrics *metrics;    /* NULL if they are off */
	struct router *router;
	struct store_setup store;
	atomic_int_least64_t database_reached_us; /* of store */
	atomic_int_least64_t database_silent_us;  /* of store */
	atomic_int_least64_t proxy_warned_ms;     /* of server/gate/address.c */
	struct str admin_socket;                  /* path, NUL-terminated; empty: none */
	struct str origin;                        /* of the base URL, spelled as browsers send it */
	bool https;                               /* the base URL is https: Secure, __Host-, HSTS */
	bool reads_are_local;
	bool limits_are_shared; /* all nodes count together, in Redis */
	atomic_bool draining;
	atomic_bool has_successor; /* another process serves by now: draining is nobody's concern */
	struct predecessor
		*predecessor; /* whose place this one takes, or NULL: server/engine/handover.h */
	struct rooms *rooms;  /* for rows that strangers cause: server/keep/room.h */
	int64_t started_ms;
	const char *version;
	struct health health;
	struct upstreams *upstreams; /* servers to sign in with: lib/signin/upstream.h */
	_Atomic(struct housekeeping *) housekeeping; /* NULL before its thread runs, and offline */
	struct notices *notices;                     /* logout tokens: server/keep/notices.h */
	struct notify *notify;                       /* the service manager: server/keep/notify.h */
	struct trail *trail;                         /* of audit: server/keep/trail.h */
	struct arena arena;
};

/* What is in force at this moment; exchanges have their configuration in cx.config. */
static inline const struct settings *
server_settings(const struct server *server)
{
	return atomic_load_explicit(&server->settings, memory_order_acquire);
}

static inline const struct config *
server_config(const struct server *server)
{
	return &server_settings(server)->config;
}

#endif
