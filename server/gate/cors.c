/* Which origins may read. */
#include "server/gate/cors.h"

#include "lib/config/config.h"
#include "server/reply.h"
#include "server/server.h"

/* The value of Access-Control-Allow-Origin, or an empty view.  `null` is every
 * sandboxed frame: no list can name it. */
static struct str
allowed_origin(const struct exchange *x)
{
	const struct config *config = x->cx.config;
	struct str origin = request_header(&x->request, "origin");

	if (!config->cors_enabled || !origin.n)
		return STR_NONE;
	STR_EACH (word, config->cors_origins) {
		if (str_is(word, "*"))
			return STR("*");
		if (str_eq(word, origin) && !str_is(origin, "null"))
			return origin;
	}
	return STR_NONE;
}

void
cors_allow(struct exchange *x)
{
	struct str origin = allowed_origin(x);

	if (!x->cx.config->cors_enabled)
		return;
	reply_header(x, "vary", STR("origin"));
	if (!origin.n)
		return;
	reply_header(x, "access-control-allow-origin", origin);
	/* Why it was refused, when to come back, and what to say to whoever runs this. */
	reply_header(x, "access-control-expose-headers",
		STR("www-authenticate, retry-after, x-request-id"));
}

/* What libraries send from browsers: fetch wrappers, MCP clients, tracing.  None of them means
 * anything here but the first two, and a cookie is never looked at. */
#define ALLOWED_HEADERS \
	"authorization, content-type, accept, accept-language, cache-control, pragma, " \
	"if-none-match, x-requested-with, mcp-protocol-version, dpop, " \
	"x-client-sku, x-client-ver, traceparent, tracestate, baggage, sentry-trace"

void
cors_preflight(struct exchange *x, struct str allow)
{
	if (!allowed_origin(x).n || !request_header(&x->request, "access-control-request-method").n)
		return;
	reply_header(x, "access-control-allow-methods", allow);
	reply_header(x, "access-control-allow-headers", STR(ALLOWED_HEADERS));
	reply_header(x, "access-control-max-age",
		str_printf(x->cx.arena, "%lld", (long long)x->cx.config->cors_max_age_s));
}
