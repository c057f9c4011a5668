/*
 * How many device codes are open, about: every node counts them in the database
 * every few seconds, and adds what it has issued since.
 */
#ifndef SERVER_KEEP_OPEN_CODES_H
#define SERVER_KEEP_OPEN_CODES_H

#include "server/keep/chore.h"

int64_t open_codes_count(const struct server *);
/* One more. */
void open_codes_add(struct server *);
/* Counts them. */
enum err open_codes_step(const struct chore_call *);

#endif
