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
/* True if e is ERR_RACE for the first time: the reply made so far is forgotten,
 * and dispatch_rerun is to be called, on a thread that may run the handler. */
bool dispatch_must_rerun(struct exchange *, enum err e);
/* Runs the handler once more; there may be a new change to commit. */
void dispatch_rerun(struct exchange *);
/* Tells what became of the change: an error takes the place of the reply. */
void dispatch_committed(struct exchange *, enum err);
void dispatch_finish(struct exchange *);
void dispatch_log(const struct exchange *);

#endif
