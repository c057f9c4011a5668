/* A person's share, and what is common. */
#include "lib/oauth/code_pace.h"

enum { SECOND_MS = 1000, MINUTE_MS = 60 * SECOND_MS };

static const struct limit_rule share = {.period_ms = 60 * MINUTE_MS, .burst = 5};
static const struct limit_rule of_person = {.period_ms = 5 * MINUTE_MS, .burst = 10};
static const struct limit_rule of_network = {.period_ms = MINUTE_MS, .burst = 30};
static const struct limit_rule of_neighbourhood = {.period_ms = 20 * SECOND_MS, .burst = 100};
static const struct limit_rule of_all = {.period_ms = 6 * SECOND_MS, .burst = 1000};

/* What the keys of the buckets point to. */
struct payment {
	struct ipaddr network, neighbourhood;
	struct limit_bucket buckets[4];
	size_t count;
};

static struct str
key_of(const struct ipaddr *a)
{
	return (struct str){(const char *)a->bytes, a->size};
}

static void
pay_with_share(const struct code_pace *p, struct payment *pay)
{
	struct str user = {(const char *)p->user.bytes, ID_SIZE};

	pay->buckets[0] = (struct limit_bucket){LIMITER_WRONG_CODE, user, of_person};
	pay->buckets[1] = (struct limit_bucket){LIMITER_WRONG_CODE_SHARE, user, share};
	pay->count = 2;
}

static void
pay_with_all(const struct code_pace *p, struct payment *pay)
{
	struct str user = {(const char *)p->user.bytes, ID_SIZE};

	pay->network = ipaddr_limit_key(p->ip);
	pay->neighbourhood = ipaddr_neighbourhood(p->ip);
	pay->buckets[0] = (struct limit_bucket){LIMITER_WRONG_CODE, user, of_person};
	pay->buckets[1] = (struct limit_bucket){
		LIMITER_WRONG_CODE_NETWORK, key_of(&pay->network), of_network};
	pay->buckets[2] = (struct limit_bucket){
		LIMITER_WRONG_CODE_AROUND, key_of(&pay->neighbourhood), of_neighbourhood};
	pay->buckets[3] = (struct limit_bucket){LIMITER_WRONG_CODES, STR("all"), of_all};
	pay->count = 4;
}

int64_t
code_pace_take(struct code_pace *p, int64_t now_ms)
{
	struct payment own, common;
	int64_t own_ms, common_ms;

	pay_with_share(p, &own);
	own_ms = limiter_take_all(p->limits, own.buckets, own.count, now_ms);
	p->is_own = !own_ms;
	if (own_ms <= 0)
		return own_ms;
	pay_with_all(p, &common);
	common_ms = limiter_take_all(p->limits, common.buckets, common.count, now_ms);
	return common_ms < own_ms ? common_ms : own_ms;
}

void
code_pace_give_back(const struct code_pace *p)
{
	struct payment pay;

	if (p->is_own)
		pay_with_share(p, &pay);
	else
		pay_with_all(p, &pay);
	limiter_give_all_back(p->limits, pay.buckets, pay.count);
}
