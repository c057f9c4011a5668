/*
 * The admin API without a server: the same routes, guards, rules and audit rows, run
 * in this process on a database that nobody serves.  For the day when no server
 * starts, or no admin can sign in.
 */
#ifndef SERVER_OFFLINE_H
#define SERVER_OFFLINE_H

#include "lib/config/config.h"
#include "server/exchange.h"

struct offline;

/* Opens the database.  ERR_CONFLICT while a server has it, unless forced, ERR_CONFIG
 * if its schema is not this program's: nothing is migrated here. */
MUST_USE enum err offline_open(
	const struct config_result *, bool force, struct offline **ret, struct diag *);
/* One request, as from the admin socket by this process's user; the audit trail names
 * offline:USER.  The reply is the exchange's until the next call. */
const struct reply *offline_request(
	struct offline *, struct str method, struct str target, struct str json);
void offline_close(struct offline *);

#endif
