/*
 * What happens to an exchange between being read and being sent, without a
 * word about sockets or threads:
 *
 *	dispatch_route     on the loop    which row?
 *	dispatch_guard     loop or worker the guards of the row
 *	dispatch_handle    in its lane     the handler
 *	dispatch_committed the writer     if the exchange named a change
 *	dispatch_finish    on the loop    headers that every reply gets
 *	dispatch_log       on the loop    one line, after the reply has left
 *
 * server/engine calls these through server/upcalls.h.
 */
#ifndef SERVER_GATE_DISPATCH_H
#define SERVER_GATE_DISPATCH_H

#include "server/exchange.h"

/* Fills the context from the request and finds its row.  False if the reply is
 * decided already (404, 405, OPTIONS). number tells requests apart. */
bool dispatch_route(struct exchange *, uint64_t number);
/* True if what comes next, guards or handler, waits for nothing but point reads. */
bool dispatch_is_quick(const struct exchange *);
/* True if the handler is to be run; else a guard has decided the reply. */
bool dispatch_guard(struct exchange *);
/* Afterwards the reply is decided, or there is a change, which must be committed before
 * it leaves.  False if neither, because the handler asked for another lane (ERR_OTHER_LANE):
 * x->lane is that one, and the handler is to be run again there. */
bool dispatch_handle(struct exchange *);
/* True if e is ERR_RACE for the first time: the reply made so far is forgotten,
 * and dispatch_handle is to be called again, on a thread that may run it. */
bool dispatch_must_rerun(struct exchange *, enum err e);
/* Tells what became of the change: an error takes the place of the reply. */
void dispatch_committed(struct exchange *, enum err);
/* In place of whatever came next: it could not be done, and costs nobody any of their tries. */
void dispatch_refused(struct exchange *, enum err);
void dispatch_finish(struct exchange *);
void dispatch_log(const struct exchange *);

#endif
