/*
 * struct driver: what a database must be able to do.  Two exist (sqlite.c,
 * postgres.c); drivers.c lists them and nothing else knows which one runs.
 * To add one: fill the slots in a new file, add it to drivers.c.
 */
#ifndef LIB_STORE_DRIVER_H
#define LIB_STORE_DRIVER_H

#include "lib/store/store.h"

/* What the accessors below look at: `native` is the driver's own. */
struct row {
	const struct driver *driver;
	void *native;
};

struct driver {
	const char *name;
	bool reads_are_local;
	const char *(*library)(void); /* its version; NULL if it is missing */
	enum err (*open)(const struct store_setup *, void **ret_connection, struct diag *);
	void (*close)(void *connection);
	/* Of store_in_use. */
	enum err (*in_use)(const struct store_setup *, bool *ret, struct diag *);
	/* Statements without parameters, several at once: migrations. */
	enum err (*exec)(void *connection, const char *sql);
	/* Prepares the named statements, or leaves those that are never written with
	 * to their first use; separate from open because a fresh database has no
	 * tables before its first migration. */
	enum err (*prepare)(void *connection, struct diag *);
	/* Runs a named statement, preparing it if prepare has not; visit and
	 * ret_changed may be NULL. */
	enum err (*run)(void *connection, enum sql, struct params, row_visitor *, void *context,
		int64_t *ret_changed);
	/* How a group of changes becomes cheap.  Measured on two cores with
	 * PostgreSQL 15 beside the server, 64 connections asking for tokens:
	 * workers committing by themselves 2.9k/s (8 of them) and 4.1k/s (24),
	 * one writer that defers 5.3k to 10k/s.  On one connection, inserts per
	 * second by group: 1: 301, 16: 5.4k, 64: 15k, 256: 21k.
	 *
	 * Both NULL if a statement costs no round trip.  While deferring, run with
	 * neither visit nor ret_changed may return OK before the statement has run;
	 * if it fails, so does all that follows, COMMIT at the latest.  A
	 * transaction that failed is repeatable if it surely left nothing behind
	 * and need not fail again: a deadlock, or a deferred statement whose error
	 * the change has not seen.  One whose COMMIT got no answer never is. */
	void (*defer)(void *connection, bool on);
	bool (*repeatable)(void *connection);
	/* store_read_ahead and store_end_ahead; both NULL if a statement costs no round
	 * trip.  Measured as above: introspections, two statements each, went from
	 * 10k/s to 55k/s. */
	void (*read_ahead)(void *connection, enum sql, struct id);
	void (*end_ahead)(void *connection);
	/* store_wait_for_lock; NULL: the database has its own limits. */
	void (*wait_for_lock)(void *connection, int64_t limit_ms);
	int64_t (*rest)(void *connection); /* store_rest; NULL: never closes */
	/* Takes in what came by store_notify; NULL if it sends nothing. */
	bool (*noticed)(void *connection);
	/* Counts the connections that were made, if one that is lost is replaced;
	 * else NULL. */
	uint64_t (*session)(void *connection);
	int64_t (*column_int)(const struct row *, int column);
	bool (*column_is_null)(const struct row *, int column);
	struct str (*column_bytes)(const struct row *, int column); /* borrowed from the row */
	const char *(*error)(void *connection);
	enum store_trouble (*trouble)(void *connection);
	/* Run after BEGIN by a process that migrates, to keep others out until
	 * COMMIT; NULL if BEGIN alone does that. */
	const char *schema_lock;
	/* Puts a migration into this database's words; NULL if it needs none. */
	const char *(*translate)(struct arena *, const char *sql);
};

extern const struct driver sqlite_driver;
extern const struct driver postgres_driver;

/* NULL if there is none of this name. */
const struct driver *driver_find(struct str name);
/* Opens without preparing: for migrations. */
MUST_USE enum err store_open_unprepared(
	const struct store_setup *, struct store **ret, struct diag *);
const struct driver *store_driver(const struct store *);
/* The slot of that name, if there is one. */
void store_defer(struct store *, bool on);
MUST_USE enum err store_exec(struct store *, const char *sql);

#endif
