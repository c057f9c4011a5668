/* What time the database thinks it is. */
#ifndef LIB_STORE_DATABASE_CLOCK_H
#define LIB_STORE_DATABASE_CLOCK_H

#include "lib/store/store.h"

/* To the second. */
MUST_USE enum err database_clock(struct store *, int64_t *ret_ms);

#endif
