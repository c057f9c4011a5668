/* Instants as databases and Go programs write them. */
#ifndef LIB_BASE_TIMESTAMP_H
#define LIB_BASE_TIMESTAMP_H

#include "lib/base/str.h"

/* "2024-05-01 12:34:56", with T for the blank, a fraction, and a zone (Z, +02, +0200,
 * +02:00, none: UTC) as one likes; what Go's time.String adds, " CEST m=+0.1", is
 * passed over.  ERR_MALFORMED for anything else.  *ret_ms is negative before 1970. */
MUST_USE enum err timestamp_parse(struct str, int64_t *ret_ms);

#endif
