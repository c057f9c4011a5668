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
	const struct config_origin *origins; /* of each key */
	struct str warnings;                 /* lines; what is seldom meant so */
	struct ipnet *trusted_proxies;
	size_t trusted_proxies_count;
	struct settings *previous; /* what it replaced; exchanges may still use it */
	struct arena arena;
};

struct server;

/* Without a configuration yet; what that allocates belongs into its arena. */
struct settings *settings_new(void);
/* From what was loaded, which stays with whoever has loaded it. */
void settings_take(struct settings *, const struct config_result *);
/* Makes what follows from s->config. */
MUST_USE enum err settings_derive(struct settings *, struct diag *);
/* From now on these are in force, also for the log. */
void settings_publish(struct server *, struct settings *);
/* True for an address whose X-Forwarded-For is believed. */
bool settings_trust(const struct settings *, struct ipaddr);
/* With all that they replaced. */
void settings_free(struct settings *);

#endif
