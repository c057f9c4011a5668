/*
 * The copy of a SQLite database that is made before a migration, and the way back to it.
 *
 * FILE.schema-N beside FILE is the whole database as it was at version N.  There is one at a time:
 * the next replaces it.
 */
#ifndef LIB_STORE_SNAPSHOT_H
#define LIB_STORE_SNAPSHOT_H

#include "lib/store/store.h"

/* Does nothing for a database that is not a file. */
MUST_USE enum err snapshot_make(const struct store_setup *, int version, struct diag *);
/* Its path if there is one of this version; else NULL. */
const char *snapshot_path(struct arena *, const struct store_setup *, int version);
/* Puts a checked copy of `file` in the place of the database, which is kept as FILE.replaced.
 * ERR_CONFLICT while another program has it open. */
MUST_USE enum err snapshot_restore(const struct store_setup *, const char *file, struct diag *);

#endif
