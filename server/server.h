/*
 * struct server: what every exchange shares, made once by server/serve.c.
 */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include "lib/base/pool.h"
#include "lib/base/secret.h"
#include "lib/cache/limiter.h"
#include "lib/config/config.h"
#include "lib/oauth/issuer.h"
#include "server/health.h"

#include <stdatomic.h>

struct router;

struct server {
	const struct config *config;
	_Atomic(struct issuer *) issuer; /* replaced by a chore when keys change */
	struct secret csrf_key;
	struct limiter *limits; /* requests per address, server/limit.c */
	struct pool *workers;   /* handlers that may block */
	struct pool *hashers;   /* handlers that hash a password */
	struct pool *writer;    /* the one thread that commits */
	struct router *router;
	struct ipnet *trusted_proxies;
	size_t trusted_proxies_count;
	struct store_setup store;
	struct str admin_socket; /* path, NUL-terminated; empty: none */
	struct str origin;       /* of the base URL, spelled as browsers send it */
	bool https;              /* the base URL is https: Secure, __Host-, HSTS */
	bool reads_are_local;
	atomic_bool draining;
	struct health health;
};

/* Reads the configuration that was loaded, migrates, seeds, serves until
 * SIGTERM or SIGINT, drains; a sysexits code for main. */
int serve(const struct config *);

#endif
