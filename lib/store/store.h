/*
 * struct store: one connection to the database, used by one thread at a time.
 * The only way in: statements are named in lib/store/<entity>.sql, prepared
 * once per connection (all by the first that writes, so that a broken one stops
 * the start), and run with typed parameters.
 *
 *	enum err user_by_id(struct store *s, struct arena *a, struct id id, struct user *ret)
 *	{
 *		return store_one(s, SQL_USER_BY_ID, PARAMS(param_id(id)), read_user, a, ret);
 *	}
 *
 * Errors: ERR_NO_ROW, ERR_ROW_EXISTS (a unique or foreign key said no),
 * ERR_STORE (the database failed; store_error() has the text for the log).
 */
#ifndef LIB_STORE_STORE_H
#define LIB_STORE_STORE_H

#include "lib/base/diag.h"
#include "lib/base/id.h"
#include "lib/crypto/digest.h"

#include <stdatomic.h>

#include "sql.h" /* enum sql, generated from lib/store/<entity>.sql */

struct metrics_shard;
struct store;
struct row; /* the row a reader looks at; driver-specific inside */

struct store_setup {
	struct str driver; /* "sqlite", "postgres" */
	struct str dsn;
	bool writer;    /* SQLite: the one connection that may write */
	bool tried;     /* SQLite: another connection has prepared every statement */
	bool snapshots; /* SQLite: migrations begin with a copy, lib/store/snapshot.h */
	bool listen;    /* PostgreSQL: this connection hears store_notify */
	/* PostgreSQL; 0 is the driver's choice, and for init_timeout_s one attempt. */
	int64_t init_timeout_s; /* how long opening waits for a database that starts */
	int64_t connect_timeout_s;
	int64_t statement_timeout_s;
	int64_t lock_timeout_s;
	int64_t max_lifetime_s; /* a connection is replaced when it is older; 0: never */
	int64_t max_idle_s;     /* store_rest closes one that is idle for longer; 0: never */
	/* Who writes, and the key of the audit chains (lib/store/audit_chain.h);
	 * without it nothing that is audited can be written.  Copied. */
	struct str node;
	const struct secret *audit_key;
	struct metrics_shard *metrics; /* counts connections and errors, or NULL */
	/* Shared by the connections of a process, or NULL: when one of them was last made
	 * (PostgreSQL), so that the others need not wait for their turn to try. */
	atomic_int_least64_t *reached_us;
	/* The same, or NULL: when one of them last waited in vain for an answer.  Those not
	 * used since are closed before they are used: their other end is gone as well. */
	atomic_int_least64_t *silent_us;
};

MUST_USE enum err store_open(const struct store_setup *, struct store **ret, struct diag *);
void store_close(struct store *);
/* Whether another program has the database open: with SQLite any, with PostgreSQL
 * one of ours.  To be asked while this process has not. */
MUST_USE enum err store_in_use(const struct store_setup *, bool *ret, struct diag *);
/* For a thread that has nothing to do: closes a connection that is too old or has
 * been idle for too long; the next statement opens another.  Says after how many ms it wants
 * to be called again, 0 for never. */
int64_t store_rest(struct store *);
/* The version of the library of a driver; NULL if it is missing. */
const char *store_library(struct str driver);
/* True if point reads never leave the process, so that a quick route may run
 * on the event loop. */
bool store_reads_are_local(struct str driver);
/* For how long at most the transactions that follow wait until another process has ended its
 * own.  False if that cannot be said here: the database has its own limits. */
bool store_wait_for_lock(struct store *, int64_t limit_ms);
/* The last error of this connection, for the log. */
const char *store_error(struct store *);
/* The kind of that error, for everybody: names nothing of the database. */
enum store_trouble {
	STORE_AWAY,
	STORE_FULL,
	STORE_READ_ONLY,
	STORE_LOCKED,
	STORE_MOVED,
	STORE_FAILED,
};
enum store_trouble store_trouble(struct store *);

/* ---- the end of the connection's audit chain: lib/store/audit_chain.h ---- */

/* Part of the transaction: a rollback takes back what was done to it, and a
 * connection that was made anew has no chain. */
struct chain_end {
	int64_t chain; /* 0: none yet */
	int64_t seq;
	struct digest hash;
	struct id last; /* of the row with that number */
	int64_t started_ms;
	int64_t signed_seq; /* how far the head in the database goes */
};
struct chain_end *store_chain_end(struct store *);
struct hmac *store_hmac(struct store *); /* NULL without a key */
struct str store_node(const struct store *);

/* ---- statements ---- */

enum param_kind { PARAM_NULL, PARAM_INT, PARAM_TEXT, PARAM_BLOB };

/* Text and blobs are borrowed until the statement has run. */
struct param {
	enum param_kind kind;
	int64_t number;
	struct str bytes; /* or, for a blob with p NULL, the first `number` inline bytes */
	uint8_t inline_bytes[ID_SIZE]; /* ids travel inside */
};

struct params {
	const struct param *list;
	size_t count;
};

struct param param_null(void);
struct param param_int(int64_t);
struct param param_text(struct str);
struct param param_text_or_null(struct str); /* empty is NULL */
struct param param_id(struct id);
struct param param_id_or_null(struct id); /* the zero id is NULL */
struct param param_ms_or_null(int64_t);   /* 0 is NULL */
struct param param_digest(const struct digest *);
struct param param_blob(struct str);

#define PARAMS(...) \
	(struct params) \
	{ \
		(const struct param[]){__VA_ARGS__}, \
			sizeof((const struct param[]){__VA_ARGS__}) / sizeof(struct param) \
	}
#define NO_PARAMS ((struct params){NULL, 0})

/* Reads the columns of one row into *into; text is copied into the arena. */
typedef void row_reader(const struct row *, struct arena *, void *into);

/* Runs a statement that returns nothing. */
MUST_USE enum err store_run(struct store *, enum sql, struct params);
/* Same, for a conditional change that must touch exactly one row: ERR_NO_ROW
 * if it touched none. */
MUST_USE enum err store_change_one(struct store *, enum sql, struct params);
MUST_USE enum err store_change_count(struct store *, enum sql, struct params, int64_t *ret_changed);
/* First row, or ERR_NO_ROW. */
MUST_USE enum err store_one(
	struct store *, enum sql, struct params, row_reader *, struct arena *, void *into);
/* The rows in order, at most limit of them, into a list of items of that size. */
struct store_list {
	void *items;
	size_t item_size;
	size_t limit;
};
MUST_USE enum err store_rows(struct store *, enum sql, struct params, row_reader *, struct arena *,
	struct store_list, size_t *ret_count);
/* The number in the first column of the first row: SELECT count(*). */
MUST_USE enum err store_count(struct store *, enum sql, struct params, int64_t *ret);
/* Calls each(row) until it returns an error or the rows end. */
typedef enum err row_visitor(const struct row *, void *context);
MUST_USE enum err store_each(struct store *, enum sql, struct params, row_visitor *, void *context);

/* Says that this statement, with that id as its one parameter, is about to be
 * asked.  Where a statement costs a round trip, all that were announced share one:
 * they are sent with the first that is asked, and what each of them found is
 * kept for whoever asks for it, until store_end_ahead.  Elsewhere both do nothing.
 * Not inside a transaction. */
void store_read_ahead(struct store *, enum sql, struct id);
void store_end_ahead(struct store *);

/* Columns count from 0. NULL reads as 0, an empty view, the zero id. */
int64_t row_int(const struct row *, int column);
bool row_is_null(const struct row *, int column);
struct str row_text(const struct row *, int column, struct arena *);
struct str row_blob(const struct row *, int column, struct arena *);
struct id row_id(const struct row *, int column);
struct digest row_digest(const struct row *, int column);

/* ---- transactions ---- */

/* A change: runs inside a transaction, alone or among others, and may run
 * again after a serialisation failure, or because another of its group failed: it writes to the
 * store and its arg and to nothing else.  What must happen once is a conditional statement in it.
 * It ends with the first error of a statement: on PostgreSQL nothing works
 * after one, and the transaction cannot be committed. */
typedef enum err store_change(struct store *, void *arg);

MUST_USE enum err store_begin(struct store *);
/* For reading only, of one state of the database, whoever writes meanwhile; ended by
 * store_rollback. */
MUST_USE enum err store_begin_snapshot(struct store *);
MUST_USE enum err store_commit(struct store *);
/* How many transactions that wrote something this connection has committed. */
uint64_t store_writes(const struct store *);
void store_rollback(struct store *);
/* Inside a transaction: no other process is between this call and its COMMIT at
 * the same time.  For the rare things that several nodes might do at once when
 * they start: the first keys, the first admin. */
MUST_USE enum err store_lock_nodes(struct store *);
/* Inside a transaction: with its COMMIT, connections that listen, of this node and
 * the others, learn that what they keep in memory is out of date. */
MUST_USE enum err store_notify(struct store *);
/* Since the last call, word came to a connection that listens, or may have been
 * lost while there was no connection.  True at every call where looking costs
 * less than sending word (SQLite). */
bool store_noticed(struct store *);
/* begin, change, commit; for commands, seeding and tests.  The server's
 * changes go through exchange_commit. */
MUST_USE enum err store_transaction(struct store *, store_change *, void *arg);

/* One batch of the writer, with one commit: all changes together; if one fails after it wrote,
 * again with a savepoint for each, on PostgreSQL in halves.
 * results[i] is the change's own error; ERR_STORE for all if the commit fails. */
void store_commit_group(struct store *, store_change *const changes[], void *const args[],
	enum err results[], size_t count);

#endif
