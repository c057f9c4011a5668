/*
 * The metadata documents: RFC 8414 and OpenID Connect Discovery.  One text for
 * both; it lists exactly what works.
 */
#ifndef LIB_OAUTH_DISCOVERY_H
#define LIB_OAUTH_DISCOVERY_H

#include "lib/audit/context.h"

/* Appended as JSON. */
struct buf;
void discovery_write(const struct context *, struct buf *out);

#endif
