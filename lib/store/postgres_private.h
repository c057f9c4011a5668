/* What the two halves of the PostgreSQL driver share. */
#ifndef LIB_STORE_POSTGRES_PRIVATE_H
#define LIB_STORE_POSTGRES_PRIVATE_H

#include "lib/store/driver.h"

#include "lib/store/libpq.h"

struct postgres {
	PGconn *pg;    /* NULL: lost */
	bool standbys; /* could not be made because there are only standbys */
	bool silent;   /* lost because no answer came in time */
	char *dsn;
	int64_t connect_timeout_s, statement_timeout_s, lock_timeout_s;
	bool prepared[SQL_COUNT];
	bool prepare_all; /* again after every reconnection */
	int64_t max_lifetime_s, max_idle_s;
	int64_t expires_us, used_us;
	bool listen;  /* again after every reconnection */
	bool noticed; /* word may have come while there was no connection */
	bool in_transaction;
	bool deferring;
	bool warned;       /* by the server, since the last COMMIT began */
	bool repeatable;   /* the transaction surely failed, and need not fail again */
	enum err failure;  /* of a deferred statement: the answer to all until ROLLBACK */
	uint64_t sessions; /* connections made so far */
	size_t unread;     /* statements sent whose answers are still to be read */
	int64_t pause_us, failed_us, retry_us;
	atomic_int_least64_t *reached_us; /* of struct store_setup */
	atomic_int_least64_t *silent_us;  /* of struct store_setup */
	struct arena scratch;             /* of one send */
	char error[256];
	enum store_trouble trouble;
};

/* ---- postgres_connection.c ---- */

MUST_USE enum err postgres_open(const struct store_setup *, void **ret_connection, struct diag *);
void postgres_close(void *connection);
MUST_USE enum err postgres_in_use(const struct store_setup *, bool *ret, struct diag *);
/* Connects again, unless the back-off forbids it. */
MUST_USE enum err postgres_reconnect(struct postgres *);
/* Closes it if it is older than a connection may become, or if another has found
 * since it was last used that the database is silent. */
void postgres_retire(struct postgres *);
/* Closes it if it is too old or idle for too long; a slot of the driver. */
int64_t postgres_rest(void *connection);
/* Closes what is of no more use. */
void postgres_drop(struct postgres *);
/* Notes libpq's last error, then drops; ERR_STORE. */
enum err postgres_lose(struct postgres *);
/* Keeps the text, in one line, for postgres_error; returns e. */
enum err postgres_note(struct postgres *, enum err e, const char *text);
/* A server that restarted has closed the socket of an idle connection: better
 * seen now than in the middle of a change. */
void postgres_notice_hangup(struct postgres *);
/* Takes what came by NOTIFY; a slot of the driver. */
bool postgres_noticed(void *connection);
/* PQgetResult with a deadline; NULL also if the connection was lost. */
PGresult *postgres_next_result(struct postgres *);

/* ---- postgres.c ---- */

/* All statements with one round trip; the first that failed in *ret_which. */
MUST_USE enum err postgres_prepare_all(struct postgres *, enum sql *ret_which);

#endif
