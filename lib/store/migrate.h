/*
 * Migrations: migrations/NNNN_name.{up,down}.sql, embedded at build with their
 * SHA-256.  Each runs in one transaction together with its row in
 * schema_migrations.  A past that was edited after it ran, or a schema newer
 * than this program, is refused.  A lock keeps two starts apart.
 *
 * Files are written in SQLite's words; a driver translates the few that differ.
 */
#ifndef LIB_STORE_MIGRATE_H
#define LIB_STORE_MIGRATE_H

#include "lib/store/store.h"

/* One line per migration: number, name, "applied 2026-..." or "pending". */
typedef void migrate_report(void *context, const char *line);

/* Opens its own connection. Applies what is pending; ret_applied may be NULL. */
MUST_USE enum err migrate_up(const struct store_setup *, int *ret_applied, struct diag *);
/* Undoes the newest migrations down to, and not including, version `to`. */
MUST_USE enum err migrate_down(const struct store_setup *, int to, struct diag *);
MUST_USE enum err migrate_status(
	const struct store_setup *, migrate_report *, void *context, struct diag *);
/* The newest version that was applied; 0: the database is empty. */
MUST_USE enum err migrate_version(const struct store_setup *, int *ret, struct diag *);
/* Changes that change nothing.  The first asks whether the database answers, the
 * second is written like any other: whether it takes one.  Both are ERR_NO_ROW if
 * this program's newest migration is missing. */
MUST_USE enum err migrate_probe(struct store *, void *unused);
MUST_USE enum err migrate_probe_writing(struct store *, void *unused);
/* The same as migrate_verify for a store that is open, in a transaction or not. */
MUST_USE enum err migrate_check(struct store *, struct diag *);
/* OK if the schema is exactly this program's. */
MUST_USE enum err migrate_verify(const struct store_setup *, struct diag *);

#endif
