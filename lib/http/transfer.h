/*
 * struct transfer: one request on its way, as an easy handle of libcurl.  Private to
 * lib/http: fetch.c drives them.
 */
#ifndef LIB_HTTP_TRANSFER_H
#define LIB_HTTP_TRANSFER_H

#include "lib/base/buf.h"
#include "lib/base/ipaddr.h"
#include "lib/http/fetch.h"
#include "lib/http/libcurl.h"

struct transfer {
	const struct libcurl *curl;
	CURL *easy;
	struct curl_slist *headers;
	struct arena *arena;
	struct buf body;
	struct buf head;
	struct str host;
	struct str socket;
	struct str allowed;    /* of a stranger's address: networks it may lead to as well */
	struct ipaddr refused; /* where it would have led; without size: nowhere */
	char error[CURL_ERROR_SIZE];
};

/* Judges the address and makes the handle; transfer_free even if it fails. */
MUST_USE enum err transfer_init(struct transfer *, const struct libcurl *, struct arena *,
	const struct fetch_request *, struct diag *);
/* What came of it: OK with the reply, or the error with its reason. */
MUST_USE enum err transfer_outcome(
	struct transfer *, CURLcode, struct fetch_reply *ret, struct diag *);
void transfer_free(struct transfer *);

#endif
