/*
 * Metrics: numbers that go up while the server works, for Prometheus to read.
 * metrics.def is the table of them, labels.def of their labels.
 *
 * Who counts does so in a shard: one for each event loop, one for the writer,
 * one for everybody else.  A shard has cache lines of its own, so that loops
 * never take one from each other, and nobody takes a lock; what is shown is the
 * sum over all shards.  A NULL shard counts nothing: metrics may be off.
 *
 * The series of a metric are numbered: without labels there is one, 0; with one
 * label, its value is the number (LABEL_RESULT_ERROR); with two, use
 * METRIC_SERIES(first value, SECOND LABEL, second value).
 */
#ifndef LIB_METRICS_METRICS_H
#define LIB_METRICS_METRICS_H

#include "lib/base/buf.h"

enum metric {
#define METRIC(id, kind, shape, name, first, second, help) METRIC_##id,
#include "lib/metrics/metrics.def"
#undef METRIC
	METRIC_COUNT
};

/* One enum for each label: LABEL_RESULT_SUCCESS, LABEL_RESULT_ERROR, LABEL_RESULT_COUNT. */
#define GIVEN(label)
#define LABEL(label)              enum {
#define VALUE(label, value, text) LABEL_##label##_##value,
#define END(label) \
	LABEL_##label##_COUNT \
	} \
	;
#include "lib/metrics/labels.def"
#undef GIVEN
#undef LABEL
#undef VALUE
#undef END

enum metric_label {
	LABEL_NONE,
#define GIVEN(label) LABEL_##label,
#define LABEL(label) LABEL_##label,
#define VALUE(label, value, text)
#define END(label)
#include "lib/metrics/labels.def"
#undef GIVEN
#undef LABEL
#undef VALUE
#undef END
	METRIC_LABEL_COUNT
};

#define METRIC_SERIES(first, label, second) ((first) * (size_t)LABEL_##label##_COUNT + (second))

/* The values of a label: what stands between the braces, result="success". */
struct metric_values {
	const char *const *texts;
	size_t count;
};

enum { METRICS_SHARED, METRICS_WRITER, METRICS_LOOPS }; /* shards; loop n has METRICS_LOOPS + n */

struct metrics;
struct metrics_shard;

/* given holds the values of GIVEN labels, which stay the caller's, and nothing else. */
struct metrics *metrics_new(
	size_t shards, const struct metric_values given[static METRIC_LABEL_COUNT]);
void metrics_free(struct metrics *);
/* NULL of NULL. */
struct metrics_shard *metrics_shard(struct metrics *, size_t number);

/* Any thread, though each has a shard that suits it best. */
void metrics_add(struct metrics_shard *, enum metric, size_t series, int64_t n);
static inline void
metrics_count(struct metrics_shard *shard, enum metric metric, size_t series)
{
	metrics_add(shard, metric, series, 1);
}
bool metrics_is_histogram(enum metric);
/* Of a HISTOGRAM; durations are microseconds. */
void metrics_observe(struct metrics_shard *, enum metric, size_t series, int64_t value);
/* The microsecond at which something starts, for metrics_observe_since; with a
 * NULL shard both do nothing, and do not ask for the time. */
int64_t metrics_now_us(const struct metrics_shard *);
void metrics_observe_since(struct metrics_shard *, enum metric, size_t series, int64_t started_us);

/* Of a GAUGE, or a COUNTER that somebody else keeps; instants and durations are
 * microseconds. */
void metrics_set(struct metrics *, enum metric, size_t series, int64_t value);
/* Makes all series of a GAUGE absent again. */
void metrics_unset(struct metrics *, enum metric);

/* Everything, in Prometheus's text format 0.0.4. */
void metrics_write(const struct metrics *, struct buf *);

#endif
