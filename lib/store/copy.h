/*
 * Moving a living installation from one database to another, of the same kind or
 * another one: every row of every table, from one snapshot of the source, in one
 * transaction of the target, with the memory of a few rows.
 *
 * Before it is committed the target is read back.  What is compared is the number of
 * rows and, per table, a digest of all of their values in the order of the primary
 * key, the same for both kinds of database: two copies of one installation can be
 * compared by it.
 *
 * Text that is no UTF-8, which only SQLite takes, gets '?' for what is wrong in it.
 */
#ifndef LIB_STORE_COPY_H
#define LIB_STORE_COPY_H

#include "lib/store/store.h"

struct copy_progress {
	const char *table;
	int64_t rows;
	int64_t total;        /* of this table, as the source has it */
	int64_t repaired;     /* texts that were no UTF-8 */
	struct digest digest; /* when done */
	bool done;
};

/* Called when a table is done, and for every handful of rows before. */
typedef void copy_report(void *context, const struct copy_progress *);

/* Migrates the target to this program's schema, which the source must have, and
 * which must hold no rows yet.  Failure leaves it so. */
MUST_USE enum err copy_all(const struct store_setup *from, const struct store_setup *to,
	copy_report *, void *context, struct diag *);
/* ERR_CONFLICT unless a database holds just what its migrations left. */
MUST_USE enum err copy_check_empty(struct store *, struct diag *);

#endif
