/*
 * struct settings: the configuration in force and what follows from it.  Immutable;
 * a reload publishes a new one, and exchanges in flight go on with theirs, so that
 * one request never sees two.
 */
#ifndef SERVER_SETTINGS_H
#define SERVER_SETTINGS_H

#include "lib/base/diag.h"
#include "lib/base/ipaddr.h"
#include "lib/config/adopt.h"

struct settings {
	struct config config;
	struct ipnet *trusted_proxies;
	size_t trusted_proxies_count;
	struct settings *previous; /* what it replaced; exchanges may still use it */
	struct arena arena;
};

struct server;

/* Those of the start, whose texts stay the caller's. */
MUST_USE enum err settings_open(const struct config *, struct settings **ret, struct diag *);
/* Reads the configuration again, the certificate too, and publishes it if nothing
 * is wrong and something differs; logs what changed, what needs a restart, or why
 * all stays as it was, and tells who asked, if that is not NULL.  Any thread but the loops. */
MUST_USE enum err settings_reload(
	struct server *, config_visitor *told, void *context, struct diag *);
/* True for an address whose X-Forwarded-For is believed. */
bool settings_trust(const struct settings *, struct ipaddr);
/* With all that they replaced. */
void settings_free(struct settings *);

#endif
