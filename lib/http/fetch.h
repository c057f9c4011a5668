/*
 * One HTTP request as a client: a small, suspicious wrapper around libcurl
 * (libcurl.h), and the only user of it.
 *
 * https with a verified certificate and TLS 1.2 or newer; plain http only to
 * loopback addresses (RFC 8252 section 7.3) unless the caller allows it.  No
 * redirect is followed: what asks for a token must say exactly whom it trusts.
 * Proxies come from the environment, as curl does it, but never for loopback; so do
 * certificates to trust, when the request names none: CURL_CA_BUNDLE, or SSL_CERT_FILE
 * and SSL_CERT_DIR.
 * Blocking; any thread may call.
 */
#ifndef LIB_HTTP_FETCH_H
#define LIB_HTTP_FETCH_H

#include "lib/base/arena.h"
#include "lib/base/diag.h"
#include "lib/base/str.h"

enum {
	FETCH_BODY_MAX = 1 << 20,
	FETCH_CONNECT_TIMEOUT_MS = 10000,
	FETCH_TIMEOUT_MS = 30000,
	FETCH_RETRY_AFTER_MAX_S = 24 * 3600,
};

/* A descriptor that never becomes readable: the fetch cannot be cancelled.
 * Zero works as well, so that a designated initialiser may leave it out. */
enum { FETCH_NO_CANCEL = 0 };

struct fetch_request {
	struct str url;
	struct str form;   /* with p set: POST of application/x-www-form-urlencoded */
	struct str method; /* empty: GET, or POST with a form or json */
	struct str json;   /* with p set: a body of application/json */
	struct str socket; /* path of a Unix socket to talk to, instead of the URL's host */
	struct str bearer; /* not empty: Authorization: Bearer (RFC 6750 section 2.1) */
	struct str user; /* with password, form-encoded both: HTTP Basic (RFC 6749 section 2.3.1) */
	struct str password;
	struct str accept;  /* empty: application/json */
	int64_t timeout_ms; /* of the whole exchange; 0: FETCH_TIMEOUT_MS */
	int cancel_fd;      /* readable: give up with ERR_CANCELLED; it is not read from */
	bool allow_http;    /* plain http to any host */
	struct str ca_file; /* PEM certificates to trust instead of the system's */
};

struct fetch_reply {
	int status;
	struct str content_type; /* as sent, with parameters; empty if there was none */
	int64_t retry_after_s;   /* Retry-After, as seconds or as a date; 0: there was none */
	struct str body;         /* at most FETCH_BODY_MAX bytes, with a NUL behind */
};

/* Any status is OK, redirects included: judging it is the caller's business.
 * ERR_NETWORK: not reached, TLS not verified, timed out.  ERR_TOO_LONG: the
 * answer passes FETCH_BODY_MAX.  ERR_FORBIDDEN: plain http to a foreign host.
 * ERR_MALFORMED: not a usable URL.  The diag names host and cause, and never
 * holds a query, a body or a token. */
MUST_USE enum err fetch(
	struct arena *, const struct fetch_request *, struct fetch_reply *ret, struct diag *);

/* True for https, and for http to a loopback host. */
bool fetch_url_is_safe(struct str url);

#endif
