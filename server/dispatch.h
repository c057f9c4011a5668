/*
 * What happens to an exchange between being read and being sent, without a
 * word about sockets or threads:
 *
 *	dispatch_route     on the loop    which row?
 *	dispatch_run       loop or worker guards, then the handler
 *	dispatch_committed the writer     if the exchange named a change
 *	dispatch_finish    on the loop    headers that every reply gets
 *	dispatch_log       on the loop    one line, after the reply has left
 */
#ifndef SERVER_DISPATCH_H
#define SERVER_DISPATCH_H

#include "server/exchange.h"

/* Fills the context from the request and finds its row.  False if the reply is
 * decided already (404, 405, OPTIONS). number tells requests apart. */
bool dispatch_route(struct exchange *, uint64_t number);
/* Afterwards the reply is decided; x->change, if set, must be committed before
 * it leaves. */
void dispatch_run(struct exchange *);
/* Tells what became of the change: an error takes the place of the reply. */
/* If e is ERR_RACE and this is the first time, runs the handler again and
 * returns true: there may be a new change to commit. */
bool dispatch_rerun(struct exchange *, enum err e);
void dispatch_committed(struct exchange *, enum err);
void dispatch_finish(struct exchange *);
void dispatch_log(const struct exchange *);

#endif
