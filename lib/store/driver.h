/*
 * struct driver: what a database must be able to do.  Two exist (sqlite.c,
 * postgres.c); drivers.c lists them and nothing else knows which one runs.
 * To add one: fill the slots in a new file, add it to drivers.c.
 */
#ifndef LIB_STORE_DRIVER_H
#define LIB_STORE_DRIVER_H

#include "lib/store/store.h"

struct driver {
	const char *name;
	bool reads_are_local;
	/* Opens and prepares every statement. */
	enum err (*open)(const struct store_setup *, void **ret_connection, struct diag *);
	void (*close)(void *connection);
	/* Statements without parameters: BEGIN, SAVEPOINT, migrations (several at once). */
	enum err (*exec)(void *connection, const char *sql);
	/* Prepares all named statements; separate from open because a fresh
	 * database has no tables before its first migration. */
	enum err (*prepare)(void *connection, struct diag *);
	/* Runs a named statement; visit may be NULL. */
	enum err (*run)(void *connection, enum sql, struct params, row_visitor *, void *context,
		int64_t *ret_changed);
	int64_t (*column_int)(const struct row *, int column);
	bool (*column_is_null)(const struct row *, int column);
	struct str (*column_bytes)(const struct row *, int column); /* borrowed from the row */
	const char *(*error)(void *connection);
	/* Takes and releases the lock that two migrating processes fight for. */
	enum err (*lock_schema)(void *connection);
	void (*unlock_schema)(void *connection);
};

extern const struct driver sqlite_driver;

const struct driver *driver_find(struct str name);

#endif
