/*
 * A copy of a SQLite database, while others use it.
 */
#ifndef LIB_STORE_BACKUP_H
#define LIB_STORE_BACKUP_H

#include "lib/store/store.h"

/* Told a few times a second how many bytes of about how many are copied, on the caller's thread. */
typedef void backup_watcher(void *context, int64_t done, int64_t total);
/* Writes a consistent copy beside `file`, checks it, gives it mode 0600, makes it
 * durable, and names it `file`, which must not exist: there is a whole copy or
 * none.  ERR_CONFIG for a database that has tools of its own.  watcher may be NULL. */
MUST_USE enum err backup_write(const struct store_setup *, const char *file, backup_watcher *,
	void *context, struct diag *);
/* Whether the database is whole, of which it reads all.  ERR_CONFIG as above; what is done
 * is not told to the watcher, which sees by itself how much was read. */
MUST_USE enum err backup_check(
	const struct store_setup *, backup_watcher *, void *context, struct diag *);

#endif
