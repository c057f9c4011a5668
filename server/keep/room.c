/* Counting and trimming; to add a table: a value in room.h and a row here. */
#include "server/keep/room.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/oauth/purge.h"
#include "lib/store/authorize_request.h"
#include "lib/store/device_code.h"
#include "server/engine/work.h"
#include "server/server.h"

#include <stdlib.h>

enum { US_PER_S = 1000 * 1000, COUNT_EVERY_S = 5 };

static enum err
count_waiting(struct store *s, int64_t now_ms, int64_t max, int64_t *ret)
{
	(void)now_ms;
	return authorize_request_count(s, max, ret);
}

static const struct {
	const char *name;
	enum err (*count)(struct store *, int64_t now_ms, int64_t max, int64_t *ret);
	store_change *trim;
} rooms[ROOM_COUNT] = {
	[ROOM_DEVICE_CODES] = {"device codes", device_code_count_open, trim_device_codes},
	[ROOM_WAITING] = {"waiting authorization requests", count_waiting, trim_waiting},
};

struct rooms *
rooms_new(void)
{
	return xcalloc(1, sizeof(struct rooms));
}

void
rooms_free(struct rooms *r)
{
	free(r);
}

static int64_t
max_of(const struct server *server, enum room room)
{
	const struct config *c = server_config(server);

	return room == ROOM_DEVICE_CODES ? c->device_codes_max : c->waiting_max;
}

int64_t
room_used(const struct server *server, enum room room)
{
	return atomic_load_explicit(&server->rooms->used[room], memory_order_relaxed);
}

enum err
room_take(struct server *server, enum room room)
{
	int64_t max = max_of(server, room);

	if (room_used(server, room) > max + max / 4)
		return ERR_BUSY;
	(void)atomic_fetch_add_explicit(&server->rooms->used[room], 1, memory_order_relaxed);
	return OK;
}

/* A tenth more than has to go, so that it need not be done for each row. */
static enum err
make_room(const struct chore_call *c, enum room room, int64_t rows)
{
	int64_t max = max_of(c->server, room);
	struct purge trim = {.now_ms = clock_now_ms(), .rows = rows - max + max / 10};
	enum err e;

	if (rows <= max)
		return OK;
	if ((e = work_change(c->server, rooms[room].trim, &trim)))
		return e;
	(void)atomic_fetch_sub(&c->server->rooms->used[room], trim.deleted);
	log_warning("table full: rows deleted", log_c("table", rooms[room].name),
		log_i64("rows", rows), log_i64("deleted", trim.deleted));
	return OK;
}

/* What is made while the rows are counted counts twice at worst. */
static enum err
look_at(const struct chore_call *c, enum room room)
{
	struct rooms *r = c->server->rooms;
	int64_t now_us = clock_monotonic_us(), before = room_used(c->server, room);
	int64_t max = max_of(c->server, room);
	int64_t rows;
	enum err e;

	if (r->counted_us[room] && before <= max &&
		now_us - r->counted_us[room] < COUNT_EVERY_S * US_PER_S)
		return OK;
	/* More than could come since the last time: as far as it is of use. */
	if ((e = rooms[room].count(c->store, clock_now_ms(), max * 4, &rows)))
		return e;
	r->counted_us[room] = now_us;
	(void)atomic_fetch_add(&r->used[room], rows - before);
	return make_room(c, room, rows);
}

enum err
room_step(const struct chore_call *c)
{
	enum err e = OK;

	for (enum room room = 0; room < ROOM_COUNT && !e; room++)
		e = look_at(c, room);
	return e;
}
