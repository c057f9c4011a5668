/* A number that is close enough for the length of the next code. */
#include "server/keep/open_codes.h"

#include "lib/base/clock.h"
#include "lib/store/device_code.h"
#include "server/server.h"

/* A million in an index take a twentieth of a second. */
enum { COUNT_MAX = 1000000 };

int64_t
open_codes_count(const struct server *server)
{
	return atomic_load_explicit(&server->open_codes, memory_order_relaxed);
}

void
open_codes_add(struct server *server)
{
	(void)atomic_fetch_add_explicit(&server->open_codes, 1, memory_order_relaxed);
}

/* What is issued while the rows are counted counts twice at worst. */
enum err
open_codes_step(const struct chore_call *c)
{
	int64_t before = open_codes_count(c->server);
	int64_t counted;
	enum err e = device_code_count_open(c->store, clock_now_ms(), COUNT_MAX, &counted);

	if (!e)
		(void)atomic_fetch_add(&c->server->open_codes, counted - before);
	return e;
}
