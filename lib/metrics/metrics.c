/* Cells of numbers, and how they are written. */
#include "lib/metrics/metrics.h"

#include "lib/base/arena.h"
#include "lib/base/clock.h"

#include <assert.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

/* Two lines, because processors fetch them in pairs. */
enum { SHARD_ALIGNMENT = 128, BOUNDS_MAX = 16 };

#define ABSENT INT64_MIN

/* ---- what the tables say ---- */

enum kind { COUNTER, LEVEL, GAUGE, HISTOGRAM };

static const char *const kind_names[] = {
	[COUNTER] = "counter",
	[LEVEL] = "gauge",
	[GAUGE] = "gauge",
	[HISTOGRAM] = "histogram",
};

enum { ONE = 1, MICROSECOND = 1000 * 1000 };
#define MS(n) ((int64_t)(n)*1000)
#define S(n)  ((int64_t)(n)*MICROSECOND)

enum shape { COUNT, SECONDS, BRIEF, COMMIT, REQUEST, PATIENCE, SESSION, BATCH };

/* A value is shown divided by the unit.  The bounds end with a 0. */
static const struct {
	int64_t unit;
	int64_t bounds[BOUNDS_MAX];
} shapes[] = {
	[COUNT] = {ONE, {0}},
	[SECONDS] = {MICROSECOND, {0}},
	[BRIEF] = {MICROSECOND,
		{20, 50, 100, 200, 500, MS(1), MS(2), MS(5), MS(10), MS(50), MS(250), S(1)}},
	[COMMIT] = {MICROSECOND, {100, 250, 500, MS(1), MS(2), MS(5), MS(10), MS(25), MS(50),
					 MS(100), MS(250), MS(500), S(1), S(5)}},
	/* Of the Go original. */
	[REQUEST] = {MICROSECOND, {MS(1), MS(5), MS(10), MS(25), MS(50), MS(100), MS(250), MS(500),
					  S(1), MS(2500), S(5), S(10)}},
	/* The original's end at ten seconds: before anybody has typed a code. */
	[PATIENCE] = {MICROSECOND,
		{S(5), S(10), S(20), S(30), S(60), S(120), S(300), S(600), S(1200), S(1800)}},
	[SESSION] = {MICROSECOND,
		{S(60), S(300), S(600), S(1800), S(3600), S(7200), S(14400), S(28800)}},
	[BATCH] = {ONE, {1, 2, 4, 8, 16, 32, 64, 128, 256}},
};

static const struct metric_row {
	enum kind kind;
	enum shape shape;
	const char *name;
	enum metric_label first, second;
	const char *help;
} rows[METRIC_COUNT] = {
#define METRIC(id, kind, shape, name, first, second, help) \
	[METRIC_##id] = {kind, shape, name, LABEL_##first, LABEL_##second, help},
#include "lib/metrics/metrics.def"
#undef METRIC
};

/* One array for each label, with a NULL that is not counted, for empty ones. */
#define GIVEN(label)
#define LABEL(label)              static const char *const values_##label[] = {
#define VALUE(label, value, text) text,
#define END(label) \
	NULL \
	} \
	;
#include "lib/metrics/labels.def"
#undef GIVEN
#undef LABEL
#undef VALUE
#undef END

static const char *const values_none[] = {""};

static const struct metric_values labels[METRIC_LABEL_COUNT] = {
	[LABEL_NONE] = {values_none, 1},
#define GIVEN(label)
#define LABEL(label) [LABEL_##label] = {values_##label, LABEL_##label##_COUNT},
#define VALUE(label, value, text)
#define END(label)
#include "lib/metrics/labels.def"
#undef GIVEN
#undef LABEL
#undef VALUE
#undef END
};

/* ---- cells ---- */

/* A series is one cell; of a histogram, a cell for each bucket (the one without
 * a bound last) and one for the sum. */
struct layout {
	size_t first;
	size_t width;
	size_t series;
};

struct metrics_shard {
	_Alignas(SHARD_ALIGNMENT) const struct layout *layout;
	_Atomic(int64_t) cells[];
};

struct metrics {
	struct metric_values values[METRIC_LABEL_COUNT];
	struct layout layout[METRIC_COUNT];
	size_t shard_count;
	struct metrics_shard *shards[];
};

static size_t
bound_count(enum shape shape)
{
	size_t n = 0;

	while (n < BOUNDS_MAX && shapes[shape].bounds[n])
		n++;
	return n;
}

static size_t
lay_out(struct metrics *m)
{
	size_t cells = 0;

	for (size_t i = 0; i < METRIC_COUNT; i++) {
		const struct metric_row *row = &rows[i];
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
		m->values[i] = given[i].count ? given[i] : labels[i];
	cells = lay_out(m);
	for (; m->shard_count < shards; m->shard_count++)
		m->shards[m->shard_count] = shard_new(m, cells);
	for (size_t i = 0; i < METRIC_COUNT; i++)
		if (rows[i].kind == GAUGE)
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

static int64_t
get(const _Atomic(int64_t) *cell)
{
	return atomic_load_explicit((_Atomic(int64_t) *)(uintptr_t)cell, memory_order_relaxed);
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
	return rows[metric].kind == HISTOGRAM;
}

void
metrics_observe(struct metrics_shard *shard, enum metric metric, size_t series, int64_t value)
{
	const int64_t *bounds = shapes[rows[metric].shape].bounds;
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
		metrics_set(m, metric, i, ABSENT);
}

/* ---- exposition ---- */

static int64_t
total(const struct metrics *m, size_t cell)
{
	int64_t sum = 0;

	for (size_t i = 0; i < m->shard_count; i++)
		sum += get(&m->shards[i]->cells[cell]);
	return sum;
}

/* value / unit, exactly, without zeros at the end. */
static void
write_value(struct buf *out, int64_t value, int64_t unit)
{
	uint64_t magnitude = value < 0 ? 0 - (uint64_t)value : (uint64_t)value;
	uint64_t part = magnitude % (uint64_t)unit;

	if (value < 0)
		buf_add_char(out, '-');
	buf_add_u64(out, magnitude / (uint64_t)unit);
	if (part)
		buf_add_char(out, '.');
	while (part) {
		part *= 10;
		buf_add_char(out, (char)('0' + part / (uint64_t)unit));
		part %= (uint64_t)unit;
	}
}

/* name_suffix{labels */
static void
write_name(struct buf *out, const struct metrics *m, enum metric metric, size_t series,
	const char *suffix)
{
	const struct metric_values *second = &m->values[rows[metric].second];
	const char *a = m->values[rows[metric].first].texts[series / second->count];
	const char *b = second->texts[series % second->count];

	buf_add_c(out, rows[metric].name);
	buf_add_c(out, suffix);
	if (!*a && !*b)
		return;
	buf_add_char(out, '{');
	buf_add_c(out, a);
	if (*a && *b)
		buf_add_char(out, ',');
	buf_add_c(out, b);
}

static void
write_sample(struct buf *out, const struct metrics *m, enum metric metric, size_t series,
	const char *suffix, int64_t value, int64_t unit)
{
	write_name(out, m, metric, series, suffix);
	buf_add_c(out, rows[metric].first == LABEL_NONE ? " " : "} ");
	write_value(out, value, unit);
	buf_add_char(out, '\n');
}

static void
write_bucket(struct buf *out, const struct metrics *m, enum metric metric, size_t series,
	int64_t bound, int64_t count)
{
	write_name(out, m, metric, series, "_bucket");
	buf_add_c(out, rows[metric].first == LABEL_NONE ? "{le=\"" : ",le=\"");
	if (bound)
		write_value(out, bound, shapes[rows[metric].shape].unit);
	else
		buf_add_c(out, "+Inf");
	buf_add_c(out, "\"} ");
	buf_add_i64(out, count);
	buf_add_char(out, '\n');
}

/* Each bucket counts what is in the smaller ones too. */
static void
write_histogram(struct buf *out, const struct metrics *m, enum metric metric, size_t series)
{
	const struct layout *layout = &m->layout[metric];
	size_t first = layout->first + series * layout->width;
	size_t buckets = layout->width - 1;
	int64_t count = 0;

	for (size_t i = 0; i < buckets; i++) {
		bool last = i == buckets - 1;

		count += total(m, first + i);
		write_bucket(out, m, metric, series,
			last ? 0 : shapes[rows[metric].shape].bounds[i], count);
	}
	write_sample(out, m, metric, series, "_sum", total(m, first + buckets),
		shapes[rows[metric].shape].unit);
	write_sample(out, m, metric, series, "_count", count, ONE);
}

/* A hundred routes times twenty statuses are mostly zeros: the series of a route
 * begin with its first request. */
static bool
is_shown(const struct metrics *m, enum metric metric, size_t series)
{
	const struct layout *layout = &m->layout[metric];
	size_t first = layout->first + series * layout->width;

	if (rows[metric].kind == GAUGE)
		return get(&m->shards[METRICS_SHARED]->cells[first]) != ABSENT;
	if (rows[metric].first != LABEL_ROUTE)
		return true;
	for (size_t i = 0; i < layout->width; i++)
		if (total(m, first + i))
			return true;
	return false;
}

static void
write_metric(struct buf *out, const struct metrics *m, enum metric metric)
{
	const struct metric_row *row = &rows[metric];

	buf_add_printf(out, "# HELP %s %s\n# TYPE %s %s\n", row->name, row->help, row->name,
		kind_names[row->kind]);
	for (size_t i = 0; i < m->layout[metric].series; i++) {
		if (!is_shown(m, metric, i))
			continue;
		if (row->kind == HISTOGRAM)
			write_histogram(out, m, metric, i);
		else
			write_sample(out, m, metric, i, "", total(m, m->layout[metric].first + i),
				shapes[row->shape].unit);
	}
}

void
metrics_write(const struct metrics *m, struct buf *out)
{
	for (size_t i = 0; i < METRIC_COUNT; i++)
		write_metric(out, m, (enum metric)i);
}
