/* Data source names, as far as the configuration must understand them. */
#ifndef LIB_CONFIG_DSN_H
#define LIB_CONFIG_DSN_H

#include "lib/base/str.h"

/* The DSN with *** in place of what may be a password, whether or not it can be read:
 * for people to see. */
struct str dsn_masked(struct arena *, struct str dsn);
/* True for key=value pairs and postgres:// URLs. */
bool dsn_is_postgres(struct str dsn);
/* False for what can only be meant for another driver than SQLite's: it may hold a
 * password, which the name of a file does not, and which messages therefore show. */
bool dsn_is_file(struct str dsn);
/* Without TimeZone, which drivers of Go take and libpq does not: nothing here depends
 * on it, as every instant is stored as a number.  In the arena. */
struct str dsn_for_libpq(struct arena *, struct str dsn);

#endif
