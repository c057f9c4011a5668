/* The limiter keeps one instant per key; the model a level that fills with
 * time.  They must answer alike, whatever the order of events. */
#include "lib/cache/limiter.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct bucket {
	int64_t level_ms;
	int64_t seen_ms;
};

/* 0, or the time until one period has filled. */
static int64_t
model_take(struct bucket *b, struct limit_rule r, int64_t now_ms)
{
	int64_t level = b->level_ms + now_ms - b->seen_ms;

	b->seen_ms = now_ms;
	b->level_ms = level > r.period_ms * r.burst ? r.period_ms * r.burst : level;
	if (b->level_ms < r.period_ms)
		return r.period_ms - b->level_ms;
	b->level_ms -= r.period_ms;
	return 0;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct limit_rule rules[] = {{1000, 3}, {60000, 1}, {7, 100}, {5000, 2}};
	struct limiter *l = limiter_new(64);
	struct bucket buckets[countof(rules)];
	int64_t now_ms = 1700000000000;

	for (size_t i = 0; i < countof(rules); i++)
		buckets[i] = (struct bucket){rules[i].period_ms * rules[i].burst, now_ms};
	for (size_t i = 0; i + 1 < size; i += 2) {
		size_t k = data[i] % countof(rules);
		struct str key = str_first(STR("abcdefghijkl"), 3 + k * 3);

		now_ms += (int64_t)data[i + 1] * (data[i] & 0x80 ? 100 : 1);
		if ((data[i] & 0x60) == 0x60) {
			limiter_give_back(l, (unsigned)k, key, rules[k]);
			buckets[k].level_ms += rules[k].period_ms;
		} else if (limiter_take(l, (unsigned)k, key, rules[k], now_ms) !=
			   model_take(&buckets[k], rules[k], now_ms)) {
			abort();
		}
	}
	limiter_free(l);
	return 0;
}
