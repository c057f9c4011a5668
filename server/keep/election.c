/* Which node does what only one needs to do. */
#include "server/keep/election.h"

#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/crypto/random.h"
#include "server/engine/handover.h"
#include "server/engine/work.h"
#include "server/server.h"

#define US_PER_S (1000 * INT64_C(1000))
#define OFFICE   STR("housekeeping")

static enum err
bid(struct election *e, store_change *change)
{
	struct lease_bid bid = {.name = OFFICE, .holder = e->me, .seen = e->seen};

	return work_change(e->server, change, &bid);
}

/* Reads the lease; true if it is ours, nobody's, or its holder's beat has stood
 * still for long enough. */
static bool
is_vacant(struct election *e, int64_t now_us)
{
	struct lease lease = {.beat = 0};
	enum err err = lease_read(e->store, OFFICE, &lease);

	if (err && err != ERR_NO_ROW)
		return false;
	if (!id_eq(lease.holder, e->seen.holder) || lease.beat != e->seen.beat)
		e->seen_us = now_us;
	e->seen = lease;
	return err == ERR_NO_ROW || id_eq(lease.holder, e->me) ||
	       now_us - e->seen_us >= ELECTION_VACANT_S * US_PER_S;
}

static void
tell(struct election *e)
{
	char id[ID_TEXT_SIZE + 1];

	if (e->told == election_is_won(e))
		return;
	e->told = !e->told;
	id_format(e->me, id);
	log_info(e->told ? "this node is the leader" : "another node is the leader",
		log_c("node", id));
}

enum err
election_init(struct election *e, struct server *server, struct store *store)
{
	*e = (struct election){.server = server, .store = store};
	return id_new(clock_now_ms(), &e->me);
}

void
election_stand(struct election *e)
{
	int64_t now_us = clock_monotonic_us();
	bool took;

	if (e->server->reads_are_local || now_us < e->next_us)
		return;
	took = is_vacant(e, now_us) && !bid(e, lease_bid_take);
	/* From before the beat: others count from when they see it. */
	if (took)
		e->held_until_us = now_us + ELECTION_HELD_S * US_PER_S;
	else if (!id_eq(e->seen.holder, e->me))
		e->held_until_us = 0;
	e->next_us = now_us + (took ? ELECTION_BEAT_S : 1) * US_PER_S;
	tell(e);
}

/* A database in a file has one process, or two while one takes the other's place: then the older.
 */
bool
election_is_won(const struct election *e)
{
	if (e->server->reads_are_local)
		return !handover_goes_on(e->server->predecessor);
	return clock_monotonic_us() < e->held_until_us;
}

void
election_leave(struct election *e)
{
	if (!e->server->reads_are_local && election_is_won(e) && bid(e, lease_bid_release))
		log_debug("the lease was not released", log_str("name", OFFICE));
}
