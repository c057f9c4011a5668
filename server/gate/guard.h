/*
 * What a row's flags demand before its handler runs.
 */
#ifndef SERVER_GATE_GUARD_H
#define SERVER_GATE_GUARD_H

#include "server/exchange.h"

/* Runs the guards of the row in the order of the table in guard.c.  An error,
 * or a reply that has been decided (a redirect to /login, a 429), ends the
 * exchange. */
MUST_USE enum err guard_run(struct exchange *);

#endif
