/*
 * The files of templates/static, compiled in.  A file NAME.EXT is served as
 * /static/NAME-HASH.EXT, where HASH are the first 16 hex digits of its SHA-256:
 * a name whose content never changes, and may be cached for ever.  The handler
 * is http_static_get of server/handlers.h; its row wants LANE_LOOP and ROUTE_CACHE.
 */
#ifndef SERVER_PAGES_STATIC_H
#define SERVER_PAGES_STATIC_H

#include "lib/base/buf.h"
#include "lib/base/embedded.h"

/* Appends the hashed name of a file that exists. */
void static_add_name(struct buf *, const char *name);
/* What is in a file that exists. */
struct str static_text(const char *name);
/* The file of a hashed name; NULL if there is none. */
const struct embedded_file *static_find(struct str hashed_name);
/* By its extension; application/octet-stream if unknown. */
struct str static_type(const char *name);

#endif
