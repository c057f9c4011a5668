/* Counting for the gauges. */
#include "server/keep/census.h"

#include "lib/base/clock.h"
#include "server/server.h"

enum {
	US_PER_MS = 1000,
	SLICE_ROWS = 2000,
	STEP_US = 200 * US_PER_MS, /* of every second: other chores are late by no more */
};

/* What a count is shown as. */
static const struct {
	enum census_table table;
	enum metric metric;
	size_t count;
	size_t series;
} gauges[] = {
	{CENSUS_DEVICE_CODES, METRIC_DEVICE_CODES_ACTIVE, 0, 0},
	{CENSUS_DEVICE_CODES, METRIC_DEVICE_CODES_PENDING, 1, 0},
	{CENSUS_ACCESS_TOKENS, METRIC_TOKENS_ACTIVE, 0, LABEL_TYPE_ACCESS},
	{CENSUS_REFRESH_TOKENS, METRIC_TOKENS_ACTIVE, 0, LABEL_TYPE_REFRESH},
	{CENSUS_SESSIONS, METRIC_SESSIONS_ACTIVE, 0, 0},
};

static void
begin_walk(struct census *census)
{
	*census = (struct census){.next_us = census->next_us, .shown = census->shown};
}

static enum err
count_slice(const struct chore_call *call)
{
	struct census *census = call->census;
	int64_t idle_ms = server_config(call->server)->session_idle_timeout_s * MS_PER_S;
	struct census_query q = {
		.table = census->table,
		.after = census->after,
		.rows = SLICE_ROWS,
		.now_ms = clock_now_ms(),
	};
	struct census_slice slice;
	enum err e;

	q.seen_after_ms = idle_ms ? q.now_ms - idle_ms : 0;
	if ((e = census_count(call->store, &q, &slice)))
		return e;
	for (size_t i = 0; i < CENSUS_COUNTS; i++)
		census->counts[census->table][i] += slice.counts[i];
	census->after = slice.last;
	if (slice.rows < SLICE_ROWS) {
		census->table++;
		census->after = (struct id){{0}};
	}
	return OK;
}

static void
show(struct server *server, struct census *census)
{
	for (size_t i = 0; i < countof(gauges); i++)
		metrics_set(server->metrics, gauges[i].metric, gauges[i].series,
			census->counts[gauges[i].table][gauges[i].count]);
	metrics_set(server->metrics, METRIC_CENSUS_TIME, 0, clock_now_ms() * US_PER_MS);
	census->shown = true;
}

static bool
is_wanted(const struct server *server)
{
	return server->metrics && server_config(server)->metrics_gauges_enabled;
}

enum err
census_step(const struct chore_call *call)
{
	struct server *server = call->server;
	struct census *census = call->census;
	int64_t interval_us =
		server_config(server)->metrics_gauges_interval_s * MS_PER_S * US_PER_MS;
	int64_t now_us = clock_monotonic_us();
	int64_t deadline_us = now_us + STEP_US;
	enum err e;

	if (!is_wanted(server) || now_us < census->next_us)
		return OK;
	while (census->table < CENSUS_TABLES) {
		if (clock_monotonic_us() > deadline_us)
			return OK;
		if ((e = count_slice(call)))
			return e;
	}
	show(server, census);
	census->next_us = now_us + interval_us;
	begin_walk(census);
	return OK;
}

enum err
census_forget(const struct chore_call *call)
{
	struct server *server = call->server;

	if (!call->census->shown || chore_is_elected(call))
		return OK;
	for (size_t i = 0; i < countof(gauges); i++)
		metrics_unset(server->metrics, gauges[i].metric);
	metrics_unset(server->metrics, METRIC_CENSUS_TIME);
	*call->census = (struct census){.shown = false};
	return OK;
}
