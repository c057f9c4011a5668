/*
 * The same buckets in Redis, for several nodes: full_at under a key that expires
 * when the bucket is full.  The script runs as a whole, so that no event is counted
 * twice or not at all; the time is Redis's, so that nodes need not agree on theirs.
 * A Redis that takes over with another clock finds entries too far ahead, which
 * count as an empty bucket, no worse.
 */
#include "lib/cache/limiter_private.h"
#include "lib/cache/redis.h"

#include <inttypes.h>
#include <stdio.h>

/* Per bucket: its period, negative to give one back, and how long it takes to fill. */
static const char script_text[] =
	"local t = redis.call('TIME')\n"
	"local now = t[1] * 1000 + math.floor(t[2] / 1000)\n"
	"local full, wait = {}, 0\n"
	"for i, key in ipairs(KEYS) do\n"
	"  local at = tonumber(redis.call('GET', key)) or now\n"
	"  local last = now + ARGV[2 * i]\n"
	"  full[i] = math.min(math.max(at, now), last) + ARGV[2 * i - 1]\n"
	"  wait = math.max(wait, full[i] - last)\n"
	"end\n"
	"if wait > 0 then return wait end\n"
	"for i, key in ipairs(KEYS) do\n"
	"  if full[i] > now then\n"
	"    redis.call('SET', key, string.format('%.0f', full[i]),\n"
	"      'PX', string.format('%.0f', full[i] - now))\n"
	"  else\n"
	"    redis.call('DEL', key)\n"
	"  end\n"
	"end\n"
	"return 0\n";

/* A bucket of nobody's, full again after a millisecond. */
static const struct str trial[] = {
	STR_INIT("authgate:limit:00000000000000000000000000000000"),
	STR_INIT("1"),
	STR_INIT("1000"),
};

const struct redis_script limiter_script = {
	.text = script_text,
	.trial = trial,
	.trial_count = countof(trial),
};

struct call {
	char text[LIMITER_BUCKETS_MAX][3][48]; /* key, period, bucket */
	struct str args[LIMITER_BUCKETS_MAX * 3];
};

static struct str
write_number(char text[static 48], int64_t number)
{
	return (struct str){text, (size_t)snprintf(text, 48, "%" PRId64, number)};
}

/* One period brings one event: who says more is no Redis of ours. */
static int64_t
longest_wait_ms(const struct limiter_slot *slots, size_t count)
{
	int64_t longest_ms = 0;

	for (size_t i = 0; i < count; i++)
		if (slots[i].rule.period_ms > longest_ms)
			longest_ms = slots[i].rule.period_ms;
	return longest_ms;
}

static enum err
call_script(struct redis *r, const struct limiter_slot *slots, size_t count, int sign, int64_t *ret)
{
	struct call call;

	for (size_t i = 0; i < count; i++) {
		const struct limit_rule *rule = &slots[i].rule;
		int n = snprintf(call.text[i][0], sizeof call.text[i][0],
			"authgate:limit:%016" PRIx64 "%016" PRIx64, slots[i].digest.high,
			slots[i].digest.low);

		call.args[i] = (struct str){call.text[i][0], (size_t)n};
		call.args[count + 2 * i] = write_number(call.text[i][1], sign * rule->period_ms);
		call.args[count + 2 * i + 1] =
			write_number(call.text[i][2], rule->period_ms * rule->burst);
	}
	return redis_run(r, call.args, count, 3 * count, longest_wait_ms(slots, count), ret);
}

enum err
limiter_redis_take(
	struct redis *r, const struct limiter_slot *slots, size_t count, int64_t *ret_wait_ms)
{
	return call_script(r, slots, count, 1, ret_wait_ms);
}

enum err
limiter_redis_give_back(struct redis *r, const struct limiter_slot *slots, size_t count)
{
	int64_t nothing;

	return call_script(r, slots, count, -1, &nothing);
}
