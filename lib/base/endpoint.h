/*
 * struct endpoint: where another service answers: "redis.internal:6379",
 * "[::1]:6379", or the path of a Unix socket.
 */
#ifndef LIB_BASE_ENDPOINT_H
#define LIB_BASE_ENDPOINT_H

#include "lib/base/str.h"

struct endpoint {
	struct str host; /* without brackets; not yet resolved */
	int port;        /* 0: host is the path of a Unix socket */
};

/* ERR_MALFORMED for anything else. */
MUST_USE enum err endpoint_parse(struct str, struct endpoint *ret);

#endif
