/* What one node at a time does: rows and statements. */
#include "lib/store/lease.h"

#include "lib/base/holds.h"

static void
read_lease(const struct row *row, struct arena *a, void *into)
{
	(void)a;
	*(struct lease *)into =
		(struct lease){row_id(row, COL_LEASE_HOLDER), row_int(row, COL_LEASE_BEAT)};
}

enum err
lease_read(struct store *s, struct str name, struct lease *ret)
{
	return store_one(s, SQL_LEASE_READ, PARAMS(param_text(name)), read_lease, NULL, ret);
}

enum err
lease_take(struct store *s, struct str name, struct id holder, struct lease seen)
{
	HOLDS(name.n > 0);
	HOLDS(!id_is_zero(holder));
	return store_change_one(s, SQL_LEASE_TAKE,
		PARAMS(param_text(name), param_id(holder), param_id(seen.holder),
			param_int(seen.beat)));
}

enum err
lease_release(struct store *s, struct str name, struct id holder)
{
	HOLDS(name.n > 0);
	HOLDS(!id_is_zero(holder));
	return store_run(s, SQL_LEASE_RELEASE, PARAMS(param_text(name), param_id(holder)));
}

enum err
lease_bid_take(struct store *s, void *arg)
{
	const struct lease_bid *bid = arg;

	return lease_take(s, bid->name, bid->holder, bid->seen);
}

enum err
lease_bid_release(struct store *s, void *arg)
{
	const struct lease_bid *bid = arg;

	return lease_release(s, bid->name, bid->holder);
}
