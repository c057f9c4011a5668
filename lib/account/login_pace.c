/* Delays that grow, as several buckets in a row. */
#include "lib/account/login_pace.h"

#include "lib/account/user.h"
#include "lib/base/buf.h"

enum {
	STAIRS = 3,
	NAME_MAX_BYTES = 256,
};

/* Five tries as they come; then one in half a minute, after ten one in five
 * minutes, after twenty one in half an hour. */
static const struct limit_rule stairs[STAIRS] = {
	{.period_ms = 30 * 1000, .burst = 5},
	{.period_ms = 5 * 60 * 1000, .burst = 10},
	{.period_ms = 30 * 60 * 1000, .burst = 20},
};

/* A thousand networks guess no more than 1,540 passwords on the first day. */
static const struct limit_rule all_networks = {.period_ms = 60 * 1000, .burst = 100};

_Static_assert(STAIRS + 1 <= LIMITER_BUCKETS_MAX, "all are taken at once");

/* One spelling per name; what cannot be a name is its own. */
static struct str
spelling(struct arena *arena, struct str typed)
{
	struct str name;

	if (username_canonical(arena, typed, &name))
		name = str_first(str_trim(typed), NAME_MAX_BYTES);
	return name;
}

/* Returns how many. */
static size_t
find_buckets(struct arena *arena, const struct login_pace *p,
	struct limit_bucket buckets[static LIMITER_BUCKETS_MAX])
{
	unsigned kind = p->is_known ? LIMITER_LOGIN_BROWSER : LIMITER_LOGIN_NETWORK;
	struct str name = spelling(arena, p->name);
	struct buf both;
	size_t n = 0;

	buf_init(&both, arena, NAME_MAX_BYTES + 64);
	buf_add(&both, name);
	buf_add_char(&both, '\0');
	buf_add(&both, p->place);
	for (; n < STAIRS; n++)
		buckets[n] = (struct limit_bucket){kind + (unsigned)n, buf_str(&both), stairs[n]};
	if (!p->is_known)
		buckets[n++] = (struct limit_bucket){LIMITER_LOGIN_NAME, name, all_networks};
	return n;
}

int64_t
login_pace_take(struct arena *arena, const struct login_pace *p, int64_t now_ms)
{
	struct limit_bucket buckets[LIMITER_BUCKETS_MAX];
	size_t n = find_buckets(arena, p, buckets);

	return limiter_take_all(p->limits, buckets, n, now_ms);
}

void
login_pace_give_back(struct arena *arena, const struct login_pace *p)
{
	struct limit_bucket buckets[LIMITER_BUCKETS_MAX];
	size_t n = find_buckets(arena, p, buckets);

	limiter_give_all_back(p->limits, buckets, n);
}
