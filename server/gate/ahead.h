/*
 * What a request will ask of the database, told to it before: where a statement
 * costs a round trip, a batch of requests then costs one (lib/store/store.h,
 * store_read_ahead).  For rows with LANE_AHEAD, whose handlers ask little else.
 */
#ifndef SERVER_GATE_AHEAD_H
#define SERVER_GATE_AHEAD_H

#include "server/exchange.h"

/* After the guards of x, before its handler, with the same store.  Nothing depends on it:
 * what is not announced, or announced in vain, is only slower. */
void ahead_announce(struct exchange *x);

#endif
