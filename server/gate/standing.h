/*
 * Who is no stranger: signed in, an administrator, or on a browser where the name that is
 * typed has signed in before.  What takes long for such a person waits in a line where no
 * stranger stands, and in which each has their own share.
 */
#ifndef SERVER_GATE_STANDING_H
#define SERVER_GATE_STANDING_H

#include "server/exchange.h"

/* The same number for the same person; 0 for a stranger.  Behind the guards. */
uint64_t standing_of(struct exchange *);

#endif
