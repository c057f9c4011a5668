/*
 * Forms that only our own pages can send.  The token of a form is an HMAC of
 * what identifies the browser: its session, or before sign-in a random cookie.
 * The Origin and Sec-Fetch-Site headers, where a browser sends them, are a
 * second, independent check.
 */
#ifndef SERVER_GATE_CSRF_H
#define SERVER_GATE_CSRF_H

#include "server/exchange.h"

/* The token for the forms of this reply; gives the browser its cookie if it
 * needs one.  Empty if there is no randomness: such a form is then refused. */
struct str csrf_token(struct exchange *);
/* OK or ERR_CSRF. */
MUST_USE enum err csrf_check(struct exchange *);
/* "https://host[:port]" of a base URL, spelled as browsers spell Origin: lower
 * case, default port left out. */
MUST_USE enum err csrf_origin(struct arena *, struct str base_url, struct str *ret);

#endif
