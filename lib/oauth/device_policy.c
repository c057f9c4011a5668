/* Policies of the device grant. */
#include "lib/oauth/device_policy.h"

#include "lib/base/clock.h"
#include "lib/base/duration.h"
#include "lib/base/holds.h"
#include "lib/base/ipaddr.h"
#include "lib/config/config.h"
#include "lib/oauth/scope.h"

/* What was judged when it was said. */
static int64_t
seconds_of(struct str said, int64_t fallback_s)
{
	int64_t ms;

	return said.n && !duration_parse_ms(said, &ms) ? ms / MS_PER_S : fallback_s;
}

static enum device_network
other_network_of(struct str said)
{
	if (str_is(said, "refuse"))
		return DEVICE_NETWORK_REFUSE;
	return str_is(said, "confirm") ? DEVICE_NETWORK_CONFIRM : DEVICE_NETWORK_WARN;
}

static enum device_typed
typed_of(struct str said)
{
	if (str_is(said, "require"))
		return DEVICE_TYPED_REQUIRE;
	return str_is(said, "offer") ? DEVICE_TYPED_OFFER : DEVICE_TYPED_NEVER;
}

struct device_policy
device_policy_of(const struct config *config, const struct client *c)
{
	HOLDS(!c->lacks_policies);
	return (struct device_policy){
		.gives_complete = c->device_complete.n ? str_is(c->device_complete, "always")
						       : config->device_complete,
		.code_ttl_s = seconds_of(c->device_code_expiration, config->device_code_ttl_s),
		.networks = c->device_networks.n ? c->device_networks : config->device_networks,
		.scopes = c->device_scopes.n ? c->device_scopes : config->device_scopes,
		.refresh_ttl_s =
			seconds_of(c->device_refresh_lifetime, config->device_refresh_lifetime_s),
		.sign_in_within_s =
			seconds_of(c->device_sign_in_within, config->device_sign_in_within_s),
		.open_max = c->device_open_max ? c->device_open_max : config->device_open_max,
		.other_network =
			other_network_of(c->device_same_network.n ? c->device_same_network
								  : config->device_same_network),
		.typed_back = typed_of(
			c->device_typed_back.n ? c->device_typed_back : config->device_typed_back),
	};
}

enum err
device_policy_load(const struct context *cx, const struct client *c, struct device_policy *ret)
{
	struct client whole = *c;
	enum err e;

	if (c->lacks_policies && (e = client_by_id(cx->store, cx->arena, c->id, &whole)))
		return e;
	*ret = device_policy_of(cx->config, &whole);
	return OK;
}

enum err
device_policy_admit(struct context *cx, const struct device_policy *p)
{
	struct ipaddr from;
	struct ipnet net;

	if (!p->networks.n)
		return OK;
	if (!ipaddr_parse(cx->ip, &from))
		STR_EACH (word, p->networks)
			if (!ipnet_parse(word, &net) && ipnet_has(&net, from))
				return OK;
	cx->problem = STR("devices of this network may not ask for a code");
	return ERR_UNAUTHORIZED_CLIENT;
}

enum err
device_policy_typed(
	struct context *cx, const struct device_policy *p, struct str confirmation, bool *ret)
{
	bool can = str_is(confirmation, "typed");

	if (p->typed_back == DEVICE_TYPED_REQUIRE && !can) {
		cx->problem =
			STR("this server wants digits to be typed at the device: a client that "
			    "can take them sends device_confirmation=typed");
		return ERR_CONFIRMATION_REQUIRED;
	}
	*ret = can && p->typed_back != DEVICE_TYPED_NEVER;
	return OK;
}

struct str
device_policy_scopes(struct arena *arena, const struct device_policy *p, struct str allowed)
{
	return p->scopes.n ? scope_intersection(arena, allowed, p->scopes) : allowed;
}

/* Inside one IPv6 network, addresses change by themselves. */
bool
device_policy_is_near(const struct context *cx, const struct device_code *code)
{
	return str_eq(code->network, ipaddr_place(cx->arena, cx->ip).network);
}

bool
device_policy_is_stale(const struct context *cx, const struct device_policy *p, int64_t auth_ms)
{
	return p->sign_in_within_s && auth_ms + p->sign_in_within_s * MS_PER_S < cx->now_ms;
}
