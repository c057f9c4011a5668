/* What the files of the PostgreSQL driver share. */
#ifndef LIB_STORE_POSTGRES_PRIVATE_H
#define LIB_STORE_POSTGRES_PRIVATE_H

#include "lib/store/driver.h"

#include "lib/store/libpq.h"

enum { AHEAD_MAX = 64 };

/* A statement that was announced, and what it found: NULL, nothing yet. */
struct ahead {
	enum sql which;
	struct id id;
	PGresult *rows;
};

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
	struct ahead ahead[AHEAD_MAX];
	size_t ahead_count;
	bool ahead_queued; /* queued and not read: nothing else can be asked before */
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
/* Closes what is of no more use, and forgets what was read ahead. */
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

/* ---- postgres_answer.c ---- */

/* What reading answers has found so far. */
struct postgres_answer {
	enum err e; /* the first failure */
	PGresult *rows;
	int64_t changed;
	bool committed;
};

/* What this error of the database means for the statement and its transaction, by its
 * SQLSTATE; notes its text, never the DETAIL, which quotes rows. */
MUST_USE enum err postgres_judge(struct postgres *, const PGresult *);
/* Everything up to the NULL behind one statement. */
void postgres_read_statement(struct postgres *, struct postgres_answer *);
/* Behind a Sync comes one result of its own, and no NULL after it; an error in
 * its place is the end of the connection. */
void postgres_read_sync(struct postgres *);
/* Reads what is owed, and `extra` statements more into *a; a Sync ends it
 * unless answers may be deferred and nothing has failed. */
void postgres_read_all(struct postgres *, bool sync, size_t extra, struct postgres_answer *a);

/* ---- postgres_ahead.c ---- */

/* Slots of the driver. */
void postgres_read_ahead(void *connection, enum sql which, struct id id);
void postgres_end_ahead(void *connection);
/* Takes in what was announced, before anything else is asked.  ERR_STORE if the connection
 * was lost over it; a statement that failed has no rows. */
enum err postgres_collect_ahead(struct postgres *);
/* The rows of this statement, if they are at hand; NULL: it is to be asked. */
const PGresult *postgres_rows_ahead(struct postgres *, enum sql which, struct params);
/* Forgets what was announced, and what it found. */
void postgres_forget_ahead(struct postgres *);

/* ---- postgres.c ---- */

/* Before a statement is sent: connected, and the statement prepared. */
MUST_USE enum err postgres_make_ready(struct postgres *, enum sql which);
/* Queues the statement; false if the connection is of no use. */
MUST_USE bool postgres_send(struct postgres *, enum sql which, struct params);
/* All statements with one round trip; the first that failed in *ret_which. */
MUST_USE enum err postgres_prepare_all(struct postgres *, enum sql *ret_which);

#endif
