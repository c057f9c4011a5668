/* The tables: shapes, metrics, labels. */
#include "lib/metrics/metrics_private.h"

enum { ONE = 1, MICROSECOND = 1000 * 1000 };
#define MS(n) ((int64_t)(n)*1000)
#define S(n)  ((int64_t)(n)*MICROSECOND)

const struct metric_shape metric_shapes[] = {
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

const struct metric_row metric_rows[METRIC_COUNT] = {
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

const struct metric_values metric_labels[METRIC_LABEL_COUNT] = {
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
