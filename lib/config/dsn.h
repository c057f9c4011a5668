/* Data source names, as far as the configuration must understand them. */
#ifndef LIB_CONFIG_DSN_H
#define LIB_CONFIG_DSN_H

#include "lib/base/str.h"

/* The DSN with *** in place of what may be a password: for people to see. */
struct str dsn_masked(struct arena *, struct str dsn);
/* True for key=value pairs and postgres:// URLs. */
bool dsn_is_postgres(struct str dsn);

#endif
