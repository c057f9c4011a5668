/*
 * Forms that only our own pages can send.  The token of a form says for which session
 * it was made, or that there was none, under a MAC with a random cookie of the
 * browser.  So a form that was open while its session changed (another tab signed in
 * or out) can be told from one that was never ours: it is shown again, the other is
 * refused.  The Origin and Sec-Fetch-Site headers, where a browser sends them, are a
 * second, independent check.
 */
#ifndef SERVER_GATE_CSRF_H
#define SERVER_GATE_CSRF_H

#include "server/exchange.h"

/* The token for the forms of this reply; gives the browser its cookie if it
 * needs one.  Empty if there is no randomness: such a form is then refused. */
struct str csrf_token(struct exchange *);
/* OK; ERR_FORM_EXPIRED if this browser had the form for another session, or comes
 * without its cookie; ERR_CSRF for every other.  A row with ROUTE_VISITOR takes forms
 * of any session of this browser. */
MUST_USE enum err csrf_check(struct exchange *);
/* Proof that a list showed this user a row, for the form of that row: if it is gone by
 * then, it went in another window. */
struct str csrf_row_proof(struct exchange *, struct str id);
bool csrf_row_was_shown(struct exchange *, struct str id);
/* "https://host[:port]" of a base URL, spelled as browsers spell Origin: lower
 * case, default port left out. */
MUST_USE enum err csrf_origin(struct arena *, struct str base_url, struct str *ret);

#endif
