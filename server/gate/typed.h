/*
 * The name that somebody typed into a form that has to be shown again, in a cookie of
 * that browser for ten minutes: nobody types it twice, and no address and no log has
 * it.  Never the password.
 */
#ifndef SERVER_GATE_TYPED_H
#define SERVER_GATE_TYPED_H

#include "server/exchange.h"

/* Keeps the form's field `username`, if it has one. */
void typed_keep(struct exchange *);
/* What was kept, or nothing. */
struct str typed_name(struct exchange *);
void typed_forget(struct exchange *);

#endif
