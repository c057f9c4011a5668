/* Counting. */
#include "lib/store/census.h"

static const enum sql statements[] = {
	[CENSUS_DEVICE_CODES] = SQL_CENSUS_DEVICE_CODES,
	[CENSUS_ACCESS_TOKENS] = SQL_CENSUS_ACCESS_TOKENS,
	[CENSUS_REFRESH_TOKENS] = SQL_CENSUS_REFRESH_TOKENS,
	[CENSUS_SESSIONS] = SQL_CENSUS_SESSIONS,
};

static void
read_slice(const struct row *row, struct arena *arena, void *into)
{
	struct census_slice *slice = into;

	(void)arena;
	*slice = (struct census_slice){
		.rows = row_int(row, COL_CENSUS_LOOKED_AT),
		.last = row_id(row, COL_CENSUS_LAST),
		.counts = {row_int(row, COL_CENSUS_LIVING), row_int(row, COL_CENSUS_WAITING)},
	};
}

enum err
census_count(struct store *s, const struct census_query *q, struct census_slice *ret)
{
	struct params params = PARAMS(param_id(q->after), param_int(q->rows), param_int(q->now_ms),
		param_int(q->seen_after_ms));

	if (q->table != CENSUS_SESSIONS)
		params.count--;
	return store_one(s, statements[q->table], params, read_slice, NULL, ret);
}
