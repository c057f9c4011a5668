/*
 * What the files of lib/metrics share: tables.c has what the .def files say,
 * metrics.c the cells, exposition.c their way onto the wire.
 */
#ifndef LIB_METRICS_METRICS_PRIVATE_H
#define LIB_METRICS_METRICS_PRIVATE_H

#include "lib/metrics/metrics.h"

#include <stdatomic.h>

/* Shards begin on two lines of their own, because processors fetch them in pairs. */
enum { SHARD_ALIGNMENT = 128, METRIC_BOUNDS_MAX = 16 };

#define METRIC_ABSENT INT64_MIN

/* ---- tables.c ---- */

enum metric_kind { COUNTER, LEVEL, GAUGE, HISTOGRAM };
enum metric_shape_name { COUNT, SECONDS, BRIEF, COMMIT, REQUEST, PATIENCE, SESSION, BATCH };

/* A value is shown divided by the unit.  The bounds end with a 0. */
struct metric_shape {
	int64_t unit;
	int64_t bounds[METRIC_BOUNDS_MAX];
};

struct metric_row {
	enum metric_kind kind;
	enum metric_shape_name shape;
	const char *name;
	enum metric_label first, second;
	const char *help;
};

extern const struct metric_shape metric_shapes[];
extern const struct metric_row metric_rows[METRIC_COUNT];
extern const struct metric_values metric_labels[METRIC_LABEL_COUNT];

/* ---- metrics.c ---- */

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

/* The sum over all shards. */
int64_t metrics_total(const struct metrics *, size_t cell);
/* A GAUGE's own cell. */
int64_t metrics_gauge(const struct metrics *, size_t cell);

#endif
