/* From request to reply. */
#include "server/gate/dispatch.h"

#include "lib/base/clock.h"
#include "lib/base/holds.h"
#include "lib/base/log.h"
#include "server/gate/address.h"
#include "server/gate/cors.h"
#include "server/gate/guard.h"
#include "server/gate/limit.h"
#include "server/gate/router.h"
#include "server/gate/session.h"
#include "server/gate/standing.h"
#include "server/reply.h"
#include "server/route.h"
#include "server/server.h"

#include <string.h>

enum { REQUEST_ID_MAX = 64, REQUEST_ID_SIZE = 16, WHY_LOGGED_MAX = 200 };

static bool
is_request_id(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool alnum = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');

		if (!alnum && c != '-' && c != '_' && c != '.')
			return false;
	}
	return s.n > 0 && s.n <= REQUEST_ID_MAX;
}

static struct str
request_id(struct arena *a, uint64_t number)
{
	char *text = arena_alloc(a, REQUEST_ID_SIZE);

	for (int i = REQUEST_ID_SIZE - 1; i >= 0; i--, number >>= 4)
		text[i] = "0123456789abcdef"[number & 15];
	return (struct str){text, REQUEST_ID_SIZE};
}

static void
fill_context(struct exchange *x, uint64_t number)
{
	struct server *server = x->server;
	const struct settings *s = server_settings(server);
	struct str given = STR_NONE;

	x->cx.config = &s->config;
	x->request.ip = x->request.peer;
	if (settings_trust(s, x->request.peer)) {
		given = request_header(&x->request, "x-request-id");
		x->request.ip = address_told(x, s);
	}
	x->cx.upstreams = server->upstreams;
	x->cx.issuer = atomic_load_explicit(&server->issuer, memory_order_acquire);
	x->cx.ip = x->request.ip.size || !x->request.peer.size
			   ? ipaddr_text(x->cx.arena, x->request.ip)
			   : STR("unknown");
	/* The one text of a head that is kept; here it becomes what every database takes. */
	x->cx.user_agent =
		str_mended(x->cx.arena, request_header(&x->request, "user-agent"), USER_AGENT_MAX);
	x->cx.request_id = is_request_id(given) ? given : request_id(x->cx.arena, number);
}

static enum err
answer_options(struct exchange *x, struct str allow)
{
	x->reply.status = 204;
	reply_header(x, "allow", allow);
	if (x->route->flags & ROUTE_CORS)
		cors_preflight(x, allow);
	return OK;
}

static enum err
find_row(struct exchange *x)
{
	struct str target = x->request.target;
	struct str raw = str_cut(&target, '?');
	struct match match = {0};
	enum err e;

	x->request.query = target;
	/* What becomes of an issuer whose address was configured with a slash at its end. */
	if (str_starts(raw, STR("//.well-known/")))
		raw = str_from(raw, 1);
	if ((e = router_decode(x->cx.arena, raw, &x->request.path)))
		return e;
	e = router_find(x->server->router, x->request.method, x->request.path, &match);
	x->route = match.any;
	if (e == ERR_METHOD_NOT_ALLOWED) {
		reply_error(x, e);
		reply_header(x, "allow", match.allow);
		return OK;
	}
	if (!e && !match.route)
		return answer_options(x, match.allow);
	memcpy(x->request.path_params, match.params, sizeof match.params);
	return e;
}

/* What hashes or calls is for a few threads, and its guards only read by key.  Those of the
 * admin API ask the system for a user's name, which may ask a directory. */
static enum lane
lane_of_guards(const struct route *route)
{
	if (route->lane <= LANE_WORKER)
		return route->lane;
	return route->flags & ROUTE_ADMIN ? LANE_WORKER : LANE_QUICK;
}

bool
dispatch_route(struct exchange *x, uint64_t number)
{
	enum err e;

	fill_context(x, number);
	if ((e = find_row(x)))
		reply_error(x, e);
	exchange_enter(x, x->reply.status ? EXCHANGE_DECIDED : EXCHANGE_ROUTED);
	if (x->state == EXCHANGE_DECIDED)
		return false;
	x->lane = lane_of_guards(x->route);
	return true;
}

static void
log_failure(const struct exchange *x, enum err e)
{
	const char *why = e == ERR_STORE && x->cx.store ? store_error(x->cx.store) : "";

	/* That a queue is full, metrics tell; that Redis is gone, whoever noticed. */
	if (err_status(e) >= 500 && e != ERR_BUSY && e != ERR_UNAVAILABLE)
		log_error("request failed", log_str("request_id", x->cx.request_id),
			log_c("route", x->route ? x->route->pattern : ""),
			log_c("state", exchange_state_name(x->state)), log_c("error", err_name(e)),
			log_c("detail", why));
}

static void
fail(struct exchange *x, enum err e)
{
	x->change = NULL;
	log_failure(x, e);
	reply_error(x, err_answer(e));
	exchange_enter(x, EXCHANGE_DECIDED);
}

bool
dispatch_is_quick(const struct exchange *x)
{
	if (x->lane > LANE_AHEAD || limit_may_wait(x))
		return false;
	return !(x->route->flags & ROUTE_KEYS) || issuer_is_complete(x->cx.issuer);
}

bool
dispatch_guard(struct exchange *x)
{
	enum err e = guard_run(x);

	if (e)
		fail(x, e);
	else
		exchange_enter(x, x->reply.status ? EXCHANGE_DECIDED : EXCHANGE_GUARDED);
	x->lane = x->route->lane;
	if (x->state == EXCHANGE_DECIDED)
		return false;
	if (x->lane == LANE_HASHER)
		x->known_as = standing_of(x);
	return true;
}

/* As if the handler had never been run. */
static void
start_over(struct exchange *x)
{
	x->change = NULL;
	x->cx.problem = STR_NONE;
	x->tally.count = 0;
	exchange_reset_reply(x);
}

/* False if the handler goes round in a circle. */
static bool
change_lane(struct exchange *x)
{
	unsigned lane = 1U << x->cx.wanted_lane;

	x->lanes_behind |= 1U << x->lane;
	if (x->lanes_behind & lane)
		return false;
	start_over(x);
	exchange_enter(x, x->state);
	x->lane = x->cx.wanted_lane;
	return true;
}

/* What the handler has made, with a change or without one. */
static void
settle(struct exchange *x)
{
	session_touch_if_due(x);
	if (!x->change)
		exchange_enter(x, EXCHANGE_DECIDED);
	else
		exchange_enter(
			x, exchange_has_raced(x) ? EXCHANGE_CHANGES_AGAIN : EXCHANGE_CHANGES);
}

bool
dispatch_handle(struct exchange *x)
{
	enum err e;

	HOLDS(x->state == EXCHANGE_GUARDED || x->state == EXCHANGE_RACED);
	x->cx.lane = x->lane;
	e = x->route->run(x);
	if (e == ERR_OTHER_LANE && change_lane(x))
		return false;
	if (!e && !x->reply.status)
		e = ERR_INTERNAL;
	if (e)
		fail(x, e);
	else
		settle(x);
	return true;
}

bool
dispatch_must_rerun(struct exchange *x, enum err e)
{
	if (e != ERR_RACE || exchange_has_raced(x))
		return false;
	exchange_enter(x, EXCHANGE_RACED);
	start_over(x);
	return true;
}

void
dispatch_committed(struct exchange *x, enum err e)
{
	HOLDS(exchange_changes(x));
	if (e)
		fail(x, e);
	else
		exchange_enter(x, EXCHANGE_DECIDED);
}

void
dispatch_refused(struct exchange *x, enum err e)
{
	if (!exchange_has_raced(x))
		limit_give_back(x);
	fail(x, e);
}

void
dispatch_finish(struct exchange *x)
{
	if (x->route && x->route->flags & ROUTE_CORS)
		cors_allow(x);
	reply_header(x, "x-request-id", x->cx.request_id);
}

void
dispatch_log(const struct exchange *x)
{
	/* One that is no address of ours may hold anything, such as a token glued to it. */
	struct str path = x->route ? str_of(x->route->pattern) : STR("unmatched");

	if (!server_config(x->server)->log_requests || !log_enabled(LOG_INFO))
		return;
	log_info("request",
		log_c("method", x->request.head ? "HEAD" : method_name(x->request.method)),
		log_str("path", path), log_i64("status", x->reply.status),
		log_i64("bytes", (int64_t)x->reply.body.n),
		log_i64("duration_us", clock_monotonic_us() - x->started_us),
		log_str("ip", x->cx.ip), log_str("request_id", x->cx.request_id));
	/* Whose client fails is asked by its developer, who has the request_id. */
	if (x->reply.error && x->cx.problem.n)
		log_info("refused", log_str("request_id", x->cx.request_id),
			log_c("error", err_name(x->reply.error)),
			log_str("why", str_first(x->cx.problem, WHY_LOGGED_MAX)));
}
