/* The configured limits, as buckets of lib/cache/limiter.h. */
#include "server/limit.h"

#include "lib/base/clock.h"
#include "lib/config/config.h"
#include "server/server.h"

enum { MINUTE_MS = 60 * MS_PER_S };

struct limit_rule
limit_rule(const struct config *c, enum limit limit)
{
	const struct {
		int64_t per_minute;
		int64_t burst;
	} rules[LIMIT_COUNT] = {
		[LIMIT_NONE] = {1, 1},
		[LIMIT_LOGIN] = {c->login_limit, c->login_burst},
		[LIMIT_DEVICE_CODE] = {c->device_code_limit, c->device_code_burst},
		[LIMIT_TOKEN] = {c->token_limit, c->token_burst},
		[LIMIT_INTROSPECT] = {c->introspect_limit, c->introspect_burst},
		[LIMIT_AUTHORIZE] = {c->authorize_limit, c->authorize_burst},
		[LIMIT_REGISTER] = {c->register_limit, c->register_burst},
		[LIMIT_DEVICE_VERIFY] = {c->device_verify_limit, c->device_verify_burst},
	};
	int64_t per_minute = rules[limit].per_minute > 0 ? rules[limit].per_minute : 1;
	int64_t period_ms = MINUTE_MS / per_minute;

	return (struct limit_rule){
		.period_ms = period_ms > 0 ? period_ms : 1,
		.burst = rules[limit].burst > 0 ? rules[limit].burst : per_minute,
	};
}

static bool
is_counted(const struct exchange *x)
{
	return x->route->limit != LIMIT_NONE && x->cx.config->rate_limit_enabled;
}

int64_t
limit_take(struct exchange *x)
{
	struct ipaddr ip = ipaddr_limit_key(x->request.ip);
	struct str key = {(const char *)ip.bytes, ip.size};

	if (!is_counted(x))
		return 0;
	return limiter_take(x->server->limits, x->route->limit, key,
		limit_rule(x->cx.config, x->route->limit), x->cx.now_ms);
}

void
limit_give_back(struct exchange *x)
{
	struct ipaddr ip = ipaddr_limit_key(x->request.ip);
	struct str key = {(const char *)ip.bytes, ip.size};

	if (is_counted(x))
		limiter_give_back(x->server->limits, x->route->limit, key,
			limit_rule(x->cx.config, x->route->limit));
}
