/*
 * Moving what is in SQLite's WAL into the database, beside the writer.
 *
 * By itself SQLite does that inside a COMMIT, every so many pages, and all who wait for
 * that COMMIT wait for thousands of pages and two fsyncs more: they were the p99 of all
 * that is durable.  Here a thread with a connection of its own does it as the
 * WAL grows.  It can never quite catch up with a writer that goes on, and only a WAL
 * that was moved whole is begun anew; so now and then the writer moves the rest itself,
 * which is little.
 *
 * The thread starts when the WAL has grown for the first time: commands and tests
 * rarely see it.
 */
#ifndef LIB_STORE_SQLITE_CHECKPOINT_H
#define LIB_STORE_SQLITE_CHECKPOINT_H

#include <sqlite3.h>

struct checkpointer;

/* For the one connection that writes; takes the place of its wal_autocheckpoint.
 * path is copied. */
struct checkpointer *checkpointer_new(sqlite3 *writer, const char *path);
/* Before the writer is closed; NULL is fine. */
void checkpointer_free(struct checkpointer *);

#endif
