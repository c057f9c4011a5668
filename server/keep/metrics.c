/* Metrics of the server. */
#include "server/keep/metrics.h"

#include "lib/audit/audit.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/crypto/digest.h"
#include "server/engine/http.h"
#include "server/engine/work.h"
#include "server/gate/limit.h"
#include "server/handlers.h"
#include "server/keep/process.h"
#include "server/reply.h"
#include "server/route.h"
#include "server/server.h"

enum { US_PER_MS = 1000 };

/* ---- labels ---- */

static struct metric_values
texts(const char **list, size_t count)
{
	return (struct metric_values){(const char *const *)list, count};
}

/* The rows of the table, then the methods of requests that had none. */
static struct metric_values
route_labels(struct arena *arena)
{
	size_t count = routes_count + METHOD_COUNT;
	const char **list = arena_array(arena, const char *, count);

	for (size_t i = 0; i < routes_count; i++)
		list[i] = str_printf(arena, "method=\"%s\",path=\"%s\"",
			method_name(routes[i].method), routes[i].pattern)
				  .p;
	for (size_t i = 0; i < METHOD_COUNT; i++)
		list[routes_count + i] = str_printf(
			arena, "method=\"%s\",path=\"unknown\"", method_name((enum method)i))
						 .p;
	return texts(list, count);
}

static struct metric_values
status_labels(struct arena *arena)
{
	const char **list = arena_array(arena, const char *, reply_statuses_count + 1);

	for (size_t i = 0; i < reply_statuses_count; i++)
		list[i] = str_printf(arena, "status=\"%d\"", reply_status(i)).p;
	list[reply_statuses_count] = "status=\"other\"";
	return texts(list, reply_statuses_count + 1);
}

/* Without LIMIT_NONE, which comes first and decides nothing. */
static struct metric_values
limit_labels(struct arena *arena)
{
	const char **list = arena_array(arena, const char *, LIMIT_COUNT);

	for (size_t i = LIMIT_NONE + 1; i < LIMIT_COUNT; i++)
		list[i - 1] = str_printf(arena, "limit=\"%s\"", limit_name((enum limit)i)).p;
	return texts(list, LIMIT_COUNT - 1);
}

static struct metric_values
event_labels(struct arena *arena)
{
	static const char *const severities[] = {
		[AUDIT_INFO] = "info",
		[AUDIT_WARNING] = "warning",
		[AUDIT_ERROR] = "error",
		[AUDIT_CRITICAL] = "critical",
	};
	const char **list = arena_array(arena, const char *, AUDIT_EVENT_COUNT);

	for (size_t i = 0; i < AUDIT_EVENT_COUNT; i++)
		list[i] = str_printf(arena, "event=\"%s\",severity=\"%s\"",
			audit_event_name((enum audit_event)i),
			severities[audit_event_severity((enum audit_event)i)])
				  .p;
	return texts(list, AUDIT_EVENT_COUNT);
}

void
metrics_open(struct server *server, const char *version)
{
	struct arena *arena = &server->arena;
	const char **versions = arena_array(arena, const char *, 1);
	struct metric_values given[METRIC_LABEL_COUNT] = {
		[LABEL_ROUTE] = route_labels(arena),
		[LABEL_STATUS] = status_labels(arena),
		[LABEL_LIMIT] = limit_labels(arena),
		[LABEL_EVENT] = event_labels(arena),
		[LABEL_VERSION] = texts(versions, 1),
	};

	if (!server_config(server)->metrics_enabled)
		return;
	versions[0] = str_printf(arena, "version=\"%s\"", version).p;
	server->metrics =
		metrics_new(METRICS_LOOPS + http_loops_wanted(server_config(server)), given);
	server->store.metrics = metrics_shard(server->metrics, METRICS_SHARED);
	metrics_set(server->metrics, METRIC_BUILD, 0, 1);
	metrics_set(server->metrics, METRIC_START_TIME, 0, clock_now_ms() * US_PER_MS);
	metrics_note_reload(server, OK);
}

void
metrics_note_reload(struct server *server, enum err e)
{
	metrics_set(server->metrics, METRIC_RELOAD_GOOD, 0, !e);
	if (!e)
		metrics_set(server->metrics, METRIC_RELOAD_TIME, 0, clock_now_ms() * US_PER_MS);
}

/* ---- requests ---- */

/* OPTIONS, and a method that a path does not have, ran no row. */
static size_t
route_number(const struct exchange *x)
{
	if (!x->route || x->route->method != x->request.method)
		return routes_count + x->request.method;
	return (size_t)(x->route - routes);
}

/* A page that says no may be a redirect away. */
static enum tally_outcome
outcome(const struct exchange *x)
{
	if (x->reply.status >= 500)
		return TALLY_FAILED;
	return x->reply.status >= 400 || x->reply.error ? TALLY_REFUSED : TALLY_DONE;
}

static void
count_reply(const struct exchange *x)
{
	size_t route = route_number(x);
	size_t status = reply_status_number(x->reply.status);

	metrics_count(x->cx.metrics, METRIC_REQUESTS, route * (reply_statuses_count + 1) + status);
	metrics_observe_since(x->cx.metrics, METRIC_REQUEST_TIME, route, x->started_us);
}

void
metrics_count_request(const struct exchange *x)
{
	if (!x->cx.metrics)
		return;
	metrics_add(x->cx.metrics, METRIC_IN_FLIGHT, 0, -1);
	if (!x->route || x->route->run != http_metrics_get)
		count_reply(x);
	tally_count(&x->tally, outcome(x), x->cx.metrics);
}

/* ---- GET /metrics ---- */

enum { METRICS_MAX = REPLY_BODY_MAX };

/* Ten at once and one in six seconds: /metrics is answered on the loop, so they are counted
 * here and never in Redis.  A person may have made up the token. */
static const struct limit_rule wrong_tokens = {.period_ms = 6 * MS_PER_S, .burst = 10};

static int64_t
pace(struct exchange *x, struct ipaddr *ret_key)
{
	*ret_key = ipaddr_limit_key(x->request.ip);
	if (!x->cx.config->metrics_token.n || !x->cx.config->rate_limit_enabled)
		return 0;
	return limiter_take(x->server->own_limits, LIMITER_METRICS_TOKEN,
		(struct str){(const char *)ret_key->bytes, ret_key->size}, wrong_tokens,
		x->cx.now_ms);
}

/* It was the right one. */
static void
unpace(struct exchange *x, const struct ipaddr *key)
{
	limiter_give_back(x->server->own_limits, LIMITER_METRICS_TOKEN,
		(struct str){(const char *)key->bytes, key->size}, wrong_tokens);
}

static bool
is_permitted(const struct exchange *x)
{
	struct str token = request_header(&x->request, "authorization");
	struct str wanted = x->cx.config->metrics_token;

	if (!wanted.n)
		return true;
	if (!str_is_nocase(str_cut(&token, ' '), "Bearer"))
		return false;
	return digest_eq(sha256(str_trim(token)), sha256(wanted));
}

static enum err
refuse(struct exchange *x)
{
	reply_header(x, "www-authenticate", STR("Bearer realm=\"Metrics\""));
	return reply_json(x, 401,
		STR("{\"error\":\"unauthorized\","
		    "\"message\":\"The metrics take a bearer token.\"}"));
}

static void
set_if_known(struct metrics *m, enum metric metric, int64_t value)
{
	if (value >= 0)
		metrics_set(m, metric, 0, value);
}

/* What costs nothing until somebody asks. */
static void
look(struct server *server)
{
	struct metrics *m = server->metrics;
	struct process p = process_look();

	set_if_known(m, METRIC_CPU_TIME, p.cpu_us);
	set_if_known(m, METRIC_RESIDENT, p.resident_bytes);
	set_if_known(m, METRIC_VIRTUAL, p.virtual_bytes);
	set_if_known(m, METRIC_THREADS, p.threads);
	set_if_known(m, METRIC_OPEN_FILES, p.open_files);
	set_if_known(m, METRIC_MAX_FILES, p.max_files);
	metrics_set(m, METRIC_LOG_DROPPED, 0, (int64_t)log_dropped());
	metrics_set(m, METRIC_READY, 0, !health_reason(&server->health));
	work_look(server);
}

enum err
http_metrics_get(struct exchange *x)
{
	struct ipaddr key;
	struct buf out;
	int64_t wait_ms;

	if (!x->server->metrics)
		return ERR_NOT_FOUND;
	if ((wait_ms = pace(x, &key)))
		return reply_retry_after(x, wait_ms);
	if (!is_permitted(x))
		return refuse(x);
	unpace(x, &key);
	look(x->server);
	buf_init(&out, x->cx.arena, METRICS_MAX);
	metrics_write(x->server->metrics, &out);
	if (!buf_ok(&out))
		return ERR_INTERNAL;
	(void)reply_text(x, 200, buf_str(&out));
	x->reply.content_type = STR("text/plain; version=0.0.4; charset=utf-8");
	return OK;
}
