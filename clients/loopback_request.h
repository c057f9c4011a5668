/*
 * What a browser sends to the loopback listener: the head of one GET, judged.
 */
#ifndef CLIENTS_LOOPBACK_REQUEST_H
#define CLIENTS_LOOPBACK_REQUEST_H

#include "lib/base/str.h"

enum { LOOPBACK_HEAD_MAX = 8 * 1024 };

struct loopback_request {
	struct str path;
	struct str cookies; /* "a=b; c=d"; empty if none were sent */
	struct str query;   /* without '?'; may be empty */
};

/* Length of the head, blank line included, at the start of the bytes; 0 if it is
 * not complete. */
size_t client_loopback_head_size(struct str bytes);
/* ERR_MALFORMED for what is no HTTP/1 head; ERR_METHOD_NOT_ALLOWED unless GET;
 * ERR_FORBIDDEN if Host is not exactly the authority of the redirect URI, which
 * keeps pages of other names (DNS rebinding) out. */
MUST_USE enum err client_loopback_request_parse(
	struct str head, struct str authority, struct loopback_request *ret);

#endif
