/* A short list of notes. */
#include "lib/metrics/tally.h"

#include <assert.h>
#include <string.h>

enum { NOT = -1 };

static bool
is_same(const struct tally_note *a, const struct tally_note *b)
{
	return a->metric == b->metric && memcmp(a->series, b->series, sizeof a->series) == 0;
}

static void
note(struct tally *t, struct tally_note n)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->count; i++)
		if (is_same(&t->notes[i], &n)) {
			t->notes[i].value = n.value;
			return;
		}
	assert(t->count < TALLY_MAX);
	if (t->count < TALLY_MAX)
		t->notes[t->count++] = n;
}

void
tally_done(struct tally *t, enum metric metric, size_t series)
{
	note(t, (struct tally_note){metric, {(int16_t)series, NOT, NOT}, 1});
}

void
tally_observe(struct tally *t, enum metric metric, size_t series, int64_t value)
{
	note(t, (struct tally_note){metric, {(int16_t)series, NOT, NOT}, value});
}

void
tally_kept(struct tally *t, enum metric metric, size_t series, int64_t n)
{
	note(t, (struct tally_note){metric, {(int16_t)series, (int16_t)series, NOT}, n});
}

void
tally_refused(struct tally *t, enum metric metric, size_t series)
{
	note(t, (struct tally_note){metric, {NOT, (int16_t)series, NOT}, 1});
}

void
tally_either(struct tally *t, enum metric metric, size_t done, size_t otherwise)
{
	note(t, (struct tally_note){
			metric, {(int16_t)done, (int16_t)otherwise, (int16_t)otherwise}, 1});
}

void
tally_count(const struct tally *t, enum tally_outcome outcome, struct metrics_shard *shard)
{
	for (size_t i = 0; shard && i < t->count; i++) {
		const struct tally_note *n = &t->notes[i];
		int16_t series = n->series[outcome];

		if (series == NOT)
			continue;
		if (metrics_is_histogram(n->metric))
			metrics_observe(shard, n->metric, (size_t)series, n->value);
		else
			metrics_add(shard, n->metric, (size_t)series, n->value);
	}
}
