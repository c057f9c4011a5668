/* Prometheus's text format 0.0.4. */
#include "lib/metrics/metrics_private.h"

static const char *const kind_names[] = {
	[COUNTER] = "counter",
	[LEVEL] = "gauge",
	[GAUGE] = "gauge",
	[HISTOGRAM] = "histogram",
};

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
		uint64_t digit = part * 10 / (uint64_t)unit;

		buf_add_char(out, (char)('0' + digit));
		part = part * 10 - digit * (uint64_t)unit;
	}
}

/* name_suffix{labels */
static void
write_name(struct buf *out, const struct metrics *m, enum metric metric, size_t series,
	const char *suffix)
{
	const struct metric_values *second = &m->values[metric_rows[metric].second];
	const char *a = m->values[metric_rows[metric].first].texts[series / second->count];
	const char *b = second->texts[series % second->count];

	buf_add_c(out, metric_rows[metric].name);
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
	buf_add_c(out, metric_rows[metric].first == LABEL_NONE ? " " : "} ");
	write_value(out, value, unit);
	buf_add_char(out, '\n');
}

static void
write_bucket(struct buf *out, const struct metrics *m, enum metric metric, size_t series,
	int64_t bound, int64_t count)
{
	write_name(out, m, metric, series, "_bucket");
	buf_add_c(out, metric_rows[metric].first == LABEL_NONE ? "{le=\"" : ",le=\"");
	if (bound)
		write_value(out, bound, metric_shapes[metric_rows[metric].shape].unit);
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

		count += metrics_total(m, first + i);
		write_bucket(out, m, metric, series,
			last ? 0 : metric_shapes[metric_rows[metric].shape].bounds[i], count);
	}
	write_sample(out, m, metric, series, "_sum", metrics_total(m, first + buckets),
		metric_shapes[metric_rows[metric].shape].unit);
	write_sample(out, m, metric, series, "_count", count, 1);
}

/* A hundred routes times twenty statuses are mostly zeros: the series of a route
 * begin with its first request. */
static bool
has_begun(const struct metrics *m, enum metric metric, size_t series)
{
	const struct layout *layout = &m->layout[metric];
	size_t first = layout->first + series * layout->width;

	if (metric_rows[metric].first != LABEL_ROUTE)
		return true;
	for (size_t i = 0; i < layout->width; i++)
		if (metrics_total(m, first + i))
			return true;
	return false;
}

static void
write_series(struct buf *out, const struct metrics *m, enum metric metric, size_t series)
{
	const struct metric_row *row = &metric_rows[metric];
	size_t cell = m->layout[metric].first + series;
	int64_t value;

	if (row->kind == HISTOGRAM) {
		write_histogram(out, m, metric, series);
		return;
	}
	/* Read once: it may become absent at any moment. */
	value = row->kind == GAUGE ? metrics_gauge(m, cell) : metrics_total(m, cell);
	if (row->kind != GAUGE || value != METRIC_ABSENT)
		write_sample(out, m, metric, series, "", value, metric_shapes[row->shape].unit);
}

static void
write_metric(struct buf *out, const struct metrics *m, enum metric metric)
{
	const struct metric_row *row = &metric_rows[metric];

	buf_add_printf(out, "# HELP %s %s\n# TYPE %s %s\n", row->name, row->help, row->name,
		kind_names[row->kind]);
	for (size_t i = 0; i < m->layout[metric].series; i++)
		if (has_begun(m, metric, i))
			write_series(out, m, metric, i);
}

void
metrics_write(const struct metrics *m, struct buf *out)
{
	for (size_t i = 0; i < METRIC_COUNT; i++)
		write_metric(out, m, (enum metric)i);
}
