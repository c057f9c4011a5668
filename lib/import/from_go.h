/*
 * Moving in from the Go original: its users with their passwords, its clients with
 * their secrets, what people allowed them, and the refresh tokens that are alive.
 *
 * Everything is read from one snapshot and written in one transaction, into a database
 * that holds nothing yet: a second run is refused, and a failed one leaves nothing.
 * Ids stay what they are, so that the `sub` of a user and a client_id do.  What cannot
 * come along is told, row by row, with the reason.
 */
#ifndef LIB_IMPORT_FROM_GO_H
#define LIB_IMPORT_FROM_GO_H

#include "lib/base/diag.h"
#include "lib/config/config.h"
#include "lib/store/store.h"

enum from_go_table {
	FROM_GO_USERS,
	FROM_GO_CLIENTS,
	FROM_GO_CONSENTS,
	FROM_GO_REFRESH_TOKENS,
	FROM_GO_CONNECTIONS, /* none is found unless they are asked for */
	FROM_GO_TABLES
};

struct from_go_report {
	struct {
		int64_t total, found, imported;
	} tables[FROM_GO_TABLES];
	/* Called for what does not come along, or not as it was. */
	void (*tell)(void *context, const char *line);
	/* Called for every row that is found; NULL: never. */
	void (*step)(void *context, enum from_go_table, const struct from_go_report *);
	void *context;
};

struct from_go_request {
	struct store_setup from;
	struct store_setup to; /* is brought to the newest schema */
	const struct config *config;
	int64_t now_ms;
	bool dry_run;         /* the same, but without COMMIT */
	bool add_scopes;      /* clients get what their living tokens carry */
	bool add_connections; /* to other servers, each of which is told */
};

/* ERR_CONFLICT if the target holds data. */
MUST_USE enum err from_go(const struct from_go_request *, struct from_go_report *, struct diag *);

const char *from_go_table_name(enum from_go_table);

#endif
