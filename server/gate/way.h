/*
 * Where a person is going.  Whatever comes between (signing in, switching accounts,
 * a form that is too old, a limit, an error) carries an address of ours, the way, and
 * leads back to it.  The way of a GET is its own target; that of a form is the page on
 * which the form stands, with what was typed: a table in way.c says which.
 */
#ifndef SERVER_GATE_WAY_H
#define SERVER_GATE_WAY_H

#include "server/route.h"

/* A longer way is given up, and "/" taken in its place. */
enum { WAY_MAX = 2048 };

/* next if it may be gone to: an address of ours, and no page for coming or leaving,
 * which would lead round in a circle. "/" otherwise: it is replaced, not repaired. */
struct str way_safe(struct str next);
/* The page that this exchange is about. */
struct str way_of(struct exchange *);
/* path?name=value, for an address that is passed on. */
struct str way_with(struct exchange *, struct str path, const char *name, struct str value);
/* 303 to /login, which leads on to next. */
MUST_USE enum err way_to_login(struct exchange *, struct str next);
/* The same for somebody who is signed in, and has to show again that it is them. */
MUST_USE enum err way_to_confirm(struct exchange *, struct str next);
/* The page that a form of this row stands on; NULL if the table has no such row. */
const char *way_page_of(const struct route *);

#endif
