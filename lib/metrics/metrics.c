/* Cells of numbers. */
#include "lib/metrics/metrics_private.h"

#include "lib/base/arena.h"
#include "lib/base/clock.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static size_t
bound_count(enum metric_shape_name shape)
{
	size_t n = 0;

	while (n < METRIC_BOUNDS_MAX && metric_shapes[shape].bounds[n])
		n++;
	return n;
}

static size_t
lay_out(struct metrics *m)
{
	size_t cells = 0;

	for (size_t i = 0; i < METRIC_COUNT; i++) {
		const struct metric_row *row = &metric_rows[i];
		size_t bounds = bound_count(row->shape);

		m->layout[i] = (struct layout){
			.first = cells,
			.width = row->kind == HISTOGRAM ? bounds + 2 : 1,
			.series = m->values[row->first].count * m->values[row->second].count,
		};
		cells += m->layout[i].width * m->layout[i].series;
	}
	return cells;
}

static struct metrics_shard *
shard_new(const struct metrics *m, size_t cells)
{
	size_t size = sizeof(struct metrics_shard) + cells * sizeof(int64_t);
	struct metrics_shard *shard;

	size = (size + SHARD_ALIGNMENT - 1) / SHARD_ALIGNMENT * SHARD_ALIGNMENT;
	shard = aligned_alloc(SHARD_ALIGNMENT, size);
	if (!shard)
		abort();
	memset(shard, 0, size);
	shard->layout = m->layout;
	return shard;
}

struct metrics *
metrics_new(size_t shards, const struct metric_values given[static METRIC_LABEL_COUNT])
{
	struct metrics *m = xcalloc(1, sizeof *m + shards * sizeof(struct metrics_shard *));
	size_t cells;

	for (size_t i = 0; i < METRIC_LABEL_COUNT; i++)
		m->values[i] = given[i].count ? given[i] : metric_labels[i];
	cells = lay_out(m);
	for (; m->shard_count < shards; m->shard_count++)
		m->shards[m->shard_count] = shard_new(m, cells);
	for (size_t i = 0; i < METRIC_COUNT; i++)
		if (metric_rows[i].kind == GAUGE)
			metrics_unset(m, (enum metric)i);
	return m;
}

void
metrics_free(struct metrics *m)
{
	if (!m)
		return;
	for (size_t i = 0; i < m->shard_count; i++)
		free(m->shards[i]);
	free(m);
}

struct metrics_shard *
metrics_shard(struct metrics *m, size_t number)
{
	if (!m)
		return NULL;
	assert(number < m->shard_count);
	return m->shards[number];
}

static void
add(_Atomic(int64_t) *cell, int64_t n)
{
	(void)atomic_fetch_add_explicit(cell, n, memory_order_relaxed);
}

void
metrics_add(struct metrics_shard *shard, enum metric metric, size_t series, int64_t n)
{
	if (!shard)
		return;
	assert(series < shard->layout[metric].series);
	add(&shard->cells[shard->layout[metric].first + series], n);
}

bool
metrics_is_histogram(enum metric metric)
{
	return metric_rows[metric].kind == HISTOGRAM;
}

void
metrics_observe(struct metrics_shard *shard, enum metric metric, size_t series, int64_t value)
{
	const int64_t *bounds = metric_shapes[metric_rows[metric].shape].bounds;
	const struct layout *layout;
	size_t cell, bucket = 0;

	if (!shard)
		return;
	layout = &shard->layout[metric];
	assert(series < layout->series);
	cell = layout->first + series * layout->width;
	while (bucket < layout->width - 2 && value > bounds[bucket])
		bucket++;
	add(&shard->cells[cell + bucket], 1);
	add(&shard->cells[cell + layout->width - 1], value);
}

int64_t
metrics_now_us(const struct metrics_shard *shard)
{
	return shard ? clock_monotonic_us() : 0;
}

void
metrics_observe_since(
	struct metrics_shard *shard, enum metric metric, size_t series, int64_t started_us)
{
	if (shard)
		metrics_observe(shard, metric, series, clock_monotonic_us() - started_us);
}

void
metrics_set(struct metrics *m, enum metric metric, size_t series, int64_t value)
{
	if (!m)
		return;
	assert(series < m->layout[metric].series);
	atomic_store_explicit(&m->shards[METRICS_SHARED]->cells[m->layout[metric].first + series],
		value, memory_order_relaxed);
}

void
metrics_unset(struct metrics *m, enum metric metric)
{
	for (size_t i = 0; m && i < m->layout[metric].series; i++)
		metrics_set(m, metric, i, METRIC_ABSENT);
}

static int64_t
get(const struct metrics *m, size_t shard, size_t cell)
{
	return atomic_load_explicit(&m->shards[shard]->cells[cell], memory_order_relaxed);
}

int64_t
metrics_total(const struct metrics *m, size_t cell)
{
	int64_t sum = 0;

	for (size_t i = 0; i < m->shard_count; i++)
		sum += get(m, i, cell);
	return sum;
}

int64_t
metrics_gauge(const struct metrics *m, size_t cell)
{
	return get(m, METRICS_SHARED, cell);
}
