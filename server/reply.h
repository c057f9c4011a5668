/*
 * Filling struct reply: the one place that knows how answers look on the wire,
 * and the one place where an enum err becomes a status and a body.  Knows no
 * h2o.
 */
#ifndef SERVER_REPLY_H
#define SERVER_REPLY_H

#include "server/exchange.h"

/* The body must live in the exchange's arena (or be constant). */
enum err reply_json(struct exchange *, int status, struct str body);
enum err reply_html(struct exchange *, int status, struct str body);
enum err reply_text(struct exchange *, int status, struct str body);
/* 303 See Other: after a POST the browser must GET, never resend a password. */
enum err reply_redirect(struct exchange *, struct str location);
/* Lets forms of this page, and the redirects that follow them, lead to origin. */
void reply_allow_form_action(struct exchange *, struct str origin);
/* Lets this one script run on this page, by its hash (CSP Level 3, section 6.7.3.3).  After
 * reply_allow_form_action. */
void reply_allow_script(struct exchange *, struct str script);
/* name is lower case; one header more than REPLY_HEADERS_MAX is a programmer's mistake. */
void reply_header(struct exchange *, const char *name, struct str value);
/* 429 with Retry-After; 503 if it is LIMITER_UNKNOWN. */
enum err reply_retry_after(struct exchange *, int64_t wait_ms);
/* Replaces whatever was there with the reply for e, an answer (lib/base/err.h), in the
 * route's style; cx.problem becomes the description. */
void reply_error(struct exchange *, enum err e);
/* "OK", "Not Found", ... */
const char *reply_reason(int status);
/* The statuses a reply may have, numbered from 0; one that is not among them has
 * the number reply_statuses_count. */
size_t reply_status_number(int status);
int reply_status(size_t number);
extern const size_t reply_statuses_count;

/* The headers that every reply of this server carries, as a constant list;
 * may_cache leaves Cache-Control out.  The policy comes first. */
enum { COMMON_HEADERS_MAX = 12, COMMON_HEADER_POLICY = 0 };
size_t reply_common_headers(
	bool https, bool may_cache, struct header out[static COMMON_HEADERS_MAX]);

/* All return OK, so that a handler ends with `return reply_json(...)`. */

#endif
