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
 *
 * Whoever fetches an address that a stranger named says so (by_stranger): it leads
 * to the Internet only, whatever its name resolves to (destination.h).
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
	FETCH_HEAD_MAX = 64 << 10,
	FETCH_RETRY_AFTER_MAX_S = 24 * 3600,
};

/* A descriptor that never becomes readable: the fetch cannot be cancelled.
 * Zero works as well, so that a designated initialiser may leave it out. */
enum { FETCH_NO_CANCEL = 0 };

struct fetch_header {
	const char *name;
	struct str value;
};

struct fetch_request {
	struct str url;
	struct str form;   /* with p set: POST of application/x-www-form-urlencoded */
	struct str method; /* empty: GET, or POST with a form or json */
	struct str json;   /* with p set: a body of application/json */
	struct str socket; /* path of a Unix socket to talk to, instead of the URL's host */
	struct str bearer; /* not empty: Authorization: Bearer (RFC 6750 section 2.1) */
	struct str user; /* with password, form-encoded both: HTTP Basic (RFC 6749 section 2.3.1) */
	struct str password;
	struct str accept;   /* empty: application/json */
	int64_t timeout_ms;  /* of the whole exchange; 0: FETCH_TIMEOUT_MS */
	int cancel_fd;       /* readable: give up with ERR_CANCELLED; it is not read from */
	bool allow_http;     /* plain http to any host */
	bool insecure;       /* certificates are not verified: for tests of operators only */
	bool by_stranger;    /* the address is not the operator's: it must be public */
	struct str allowed;  /* networks that a stranger's address may lead to as well */
	struct str ca_file;  /* PEM certificates to trust instead of the system's */
	struct str if_match; /* not empty: If-Match, as an ETag said it */
	size_t body_max;     /* of the answer; 0: FETCH_BODY_MAX */
	bool wants_head;     /* the reply shall have its header */
	const struct fetch_header *headers; /* more of them, printable */
	size_t header_count;
};

struct fetch_reply {
	int status;
	struct str content_type; /* as sent, with parameters; empty if there was none */
	int64_t retry_after_s;   /* Retry-After, as seconds or as a date; 0: there was none */
	struct str etag;         /* as sent; empty if there was none */
	struct str body;         /* at most body_max bytes, with a NUL behind */
	struct str head;         /* if it was wanted: the lines as sent, the first one too */
};

/* The value of a header line in such a head, blanks around it cut off; *count says how many lines
 * have this name (NULL: nobody asks). */
struct str fetch_head_get(struct str head, const char *name, size_t *ret_count);

/* Any status is OK, redirects included: judging it is the caller's business.  Of the
 * reply an error leaves the status: 0, or that of an answer that had begun.
 * ERR_NETWORK: not reached, TLS not verified, timed out.  ERR_TOO_LONG: the
 * answer passes body_max.  ERR_FORBIDDEN: plain http to a foreign host, or a
 * stranger's address that is not public.
 * ERR_MALFORMED: not a usable URL.  The diag names host and cause, and never
 * holds a query, a body or a token. */
MUST_USE enum err fetch(
	struct arena *, const struct fetch_request *, struct fetch_reply *ret, struct diag *);

/*
 * The same without waiting, for a screen that has keys to read too: requests of one
 * thread, which share connections.
 *
 *	fetch_begin(set, arena, &request, &call, &diag);
 *	while (!fetch_is_over(call))
 *		fetch_wait(set, STDIN_FILENO, 200, &has_key);
 *	e = fetch_result(call, &reply, &diag);
 */
struct fetch_set;
struct fetch_call;
MUST_USE enum err fetch_set_new(struct fetch_set **ret, struct diag *);
/* After its calls have ended; NULL is allowed. */
void fetch_set_free(struct fetch_set *);
/* What the request points to, and the arena, must live until fetch_result or
 * fetch_end.  cancel_fd is not looked at. */
MUST_USE enum err fetch_begin(struct fetch_set *, struct arena *, const struct fetch_request *,
	struct fetch_call **ret, struct diag *);
/* Goes on with all of them, waiting at most timeout_ms for the network, or for fd (if
 * it is not negative) to be readable: then *ret_readable. */
MUST_USE enum err fetch_wait(struct fetch_set *, int fd, int timeout_ms, bool *ret_readable);
bool fetch_is_over(const struct fetch_call *);
/* Of one that is over; ends it. */
MUST_USE enum err fetch_result(struct fetch_call *, struct fetch_reply *ret, struct diag *);
/* Gives one up; NULL is allowed. */
void fetch_end(struct fetch_call *);

/* The version of libcurl; NULL if it is missing. */
const char *fetch_library(void);

/* True for https, and for http to a loopback host. */
bool fetch_url_is_safe(struct str url);

#endif
