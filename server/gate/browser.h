/*
 * What tells one browser from another across a sign-in: a random cookie that
 * lives beside the session.  A waiting authorization request belongs to it.
 */
#ifndef SERVER_GATE_BROWSER_H
#define SERVER_GATE_BROWSER_H

#include "server/exchange.h"

/* The cookie's value; gives the browser one if it has none. */
struct str browser_mark(struct exchange *);

#endif
