/*
 * Room for the rows that strangers can cause: device codes, and authorization
 * requests that wait for their user.  Each table has a maximum.  Above it those who
 * have most give way: of each region (/16, /32) as many rows are kept as of any other,
 * inside a region as many of each network (address, /64), and of a network the newest.
 * So a crowd uses up its own room and nobody else's.
 *
 * How many rows there are every node counts every few seconds and adds what it has
 * made since, which is close enough for this, and for the length of user codes.
 */
#ifndef SERVER_KEEP_ROOM_H
#define SERVER_KEEP_ROOM_H

#include "server/keep/chore.h"

#include <stdatomic.h>

enum room {
	ROOM_DEVICE_CODES,
	ROOM_WAITING, /* authorization requests */
	ROOM_COUNT
};

/* Of a server: rooms_new. */
struct rooms {
	atomic_int_least64_t used[ROOM_COUNT]; /* about */
	int64_t counted_us[ROOM_COUNT];        /* of the thread that keeps house */
};

struct rooms *rooms_new(void);
void rooms_free(struct rooms *);
int64_t room_used(const struct server *, enum room);
/* One more row; ERR_BUSY while there is far too much to be made room for. */
MUST_USE enum err room_take(struct server *, enum room);
/* Counts, and makes room. */
enum err room_step(const struct chore_call *);

#endif
