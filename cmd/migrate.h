/* What the actions of `authgate migrate` share. */
#ifndef CMD_MIGRATE_H
#define CMD_MIGRATE_H

#include "cmd/options.h"

#include "lib/store/store.h"

struct migrate_options {
	struct config_options config;
	int64_t to_version; /* down --to; -1: not given */
	char *from, *to;    /* as cmd/place.h reads them; NULL: the configured one */
	char *argument;     /* behind the action's name; NULL: none */
	bool yes, online, dry_run, add_scopes, add_connections;
};

struct migrate_call {
	struct arena *arena;
	const struct config *config;
	const struct migrate_options *options;
	struct store_setup setup; /* the configured database */
};

/* Says why on standard error; an exit code. */
int migrate_told(enum err, const struct diag *);
int migrate_copy(const struct migrate_call *);
int migrate_from_go(const struct migrate_call *);

#endif
