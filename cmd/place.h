/*
 * Databases as the command line names them:
 *
 *	sqlite:PATH  postgres:DSN  postgres://...  and, without a word in front, a path
 *	or a DSN that looks like PostgreSQL's; env:NAME is one of these in an environment
 *	variable, @FILE on the first line of a file.
 */
#ifndef CMD_PLACE_H
#define CMD_PLACE_H

#include "lib/store/store.h"

/* Fills driver and dsn, which live in the arena.  A password on the command line is
 * overwritten where `ps` would read it, and complained about.  False, and a line on
 * standard error, if it names nothing. */
bool place_read(struct arena *, char *argument, struct store_setup *ret);
/* For people: without its password. */
struct str place_text(struct arena *, const struct store_setup *);

#endif
