/*
 * From method and path to a row of the table.  Exact paths are found by hash;
 * patterns with ":name" segments are few and walked.  Made once at start; a
 * table with two rows for the same method and path does not start.
 */
#ifndef SERVER_GATE_ROUTER_H
#define SERVER_GATE_ROUTER_H

#include "server/route.h"

struct router;

struct match {
	const struct route *route;
	/* Every method the path answers, as "GET, HEAD, OPTIONS"; set with OK and
	 * with ERR_METHOD_NOT_ALLOWED. */
	struct str allow;
	/* For a preflight: a row of this path, for its flags. */
	const struct route *any;
	struct str params[PATH_PARAMS_MAX];
};

MUST_USE enum err router_new(const struct route *, size_t count, struct router **ret);
void router_free(struct router *);
/* ERR_NOT_FOUND, ERR_METHOD_NOT_ALLOWED, or OK; OPTIONS is OK with route NULL
 * unless a row wants it. */
MUST_USE enum err router_find(
	const struct router *, enum method, struct str path, struct match *ret);

/* Decodes the path of a request target.  ERR_NOT_FOUND for whatever a proxy or
 * a file system could read as another path: NUL, encoded slashes, backslashes,
 * empty and dot segments; ERR_INVALID_REQUEST for a broken escape. */
MUST_USE enum err router_decode(struct arena *, struct str raw, struct str *ret);

#endif
