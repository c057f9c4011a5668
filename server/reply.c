/* How answers look on the wire. */
#include "server/reply.h"

#include "lib/base/base64.h"
#include "lib/base/clock.h"
#include "lib/base/duration.h"
#include "lib/base/holds.h"
#include "lib/base/json.h"
#include "lib/cache/limiter.h"
#include "lib/crypto/digest.h"
#include "lib/oauth/scope.h"
#include "server/route.h"
#include "server/server.h"
#include "server/upcalls.h"

#include <assert.h>
#include <string.h>

enum { ERROR_BODY_MAX = 8 * 1024 };

/* referrer-policy: with no-referrer, browsers send `Origin: null` with our own
 * forms (Fetch, "append a request Origin header"), which csrf.c refuses. */
#define POLICY_BEGIN "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'"
#define POLICY_END   "; base-uri 'none'; frame-ancestors 'none'"

static const struct header common[] = {
	[COMMON_HEADER_POLICY] = {STR_INIT("content-security-policy"),
		STR_INIT(POLICY_BEGIN POLICY_END)},
	{STR_INIT("x-content-type-options"), STR_INIT("nosniff")},
	{STR_INIT("x-frame-options"), STR_INIT("DENY")},
	{STR_INIT("referrer-policy"), STR_INIT("same-origin")},
	{STR_INIT("cross-origin-opener-policy"), STR_INIT("same-origin")},
	{STR_INIT("cross-origin-resource-policy"), STR_INIT("same-origin")},
	{STR_INIT("permissions-policy"), STR_INIT("camera=(), geolocation=(), microphone=()")},
};
static const struct header strict_transport = {
	STR_INIT("strict-transport-security"), STR_INIT("max-age=31536000")};
static const struct header no_store[] = {
	{STR_INIT("cache-control"), STR_INIT("no-store")},
	{STR_INIT("pragma"), STR_INIT("no-cache")}, /* RFC 6749 section 5.1 */
};

static const struct {
	int status;
	const char *reason;
} reasons[] = {
	{200, "OK"},
	{201, "Created"},
	{204, "No Content"},
	{302, "Found"},
	{303, "See Other"},
	{304, "Not Modified"},
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{408, "Request Timeout"},
	{409, "Conflict"},
	{412, "Precondition Failed"},
	{413, "Content Too Large"},
	{414, "URI Too Long"},
	{415, "Unsupported Media Type"},
	{417, "Expectation Failed"},
	{429, "Too Many Requests"},
	{431, "Request Header Fields Too Large"},
	{500, "Internal Server Error"},
	{502, "Bad Gateway"},
	{503, "Service Unavailable"},
};

const size_t reply_statuses_count = countof(reasons);

size_t
reply_status_number(int status)
{
	size_t i = 0;

	while (i < countof(reasons) && reasons[i].status != status)
		i++;
	return i;
}

int
reply_status(size_t number)
{
	return reasons[number].status;
}

const char *
reply_reason(int status)
{
	size_t number = reply_status_number(status);

	return number < countof(reasons) ? reasons[number].reason : "Unknown";
}

size_t
reply_common_headers(bool https, bool may_cache, struct header out[static COMMON_HEADERS_MAX])
{
	size_t n = countof(common);

	memcpy(out, common, sizeof common);
	if (https)
		out[n++] = strict_transport;
	for (size_t i = 0; !may_cache && i < countof(no_store); i++)
		out[n++] = no_store[i];
	return n;
}

static bool
is_field_value(struct str s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return false;
	return true;
}

/* A value with a line break would begin another header: it is left out. */
void
reply_header(struct exchange *x, const char *name, struct str value)
{
	assert(x->reply.header_count < REPLY_HEADERS_MAX);
	if (is_field_value(value))
		x->reply.headers[x->reply.header_count++] = (struct header){str_of(name), value};
}

void
reply_allow_form_action(struct exchange *x, struct str origin)
{
	struct str so_far = x->reply.policy.n ? x->reply.policy : STR(POLICY_BEGIN POLICY_END);

	so_far.n -= sizeof POLICY_END - 1;
	x->reply.policy =
		str_printf(x->cx.arena, "%.*s %.*s" POLICY_END, STR_ARG(so_far), STR_ARG(origin));
}

void
reply_allow_script(struct exchange *x, struct str script)
{
	struct str policy = x->reply.policy.n ? x->reply.policy : STR(POLICY_BEGIN POLICY_END);
	struct digest digest = sha256(script);

	x->reply.policy =
		str_printf(x->cx.arena, "%.*s; script-src 'sha256-%.*s='", STR_ARG(policy),
			STR_ARG(base64url(x->cx.arena, digest.bytes, sizeof digest.bytes)));
}

static enum err
reply_with(struct exchange *x, int status, struct str content_type, struct str body)
{
	x->reply.status = status;
	x->reply.content_type = content_type;
	x->reply.body = body;
	return OK;
}

enum err
reply_json(struct exchange *x, int status, struct str body)
{
	return reply_with(x, status, STR("application/json"), body);
}

enum err
reply_html(struct exchange *x, int status, struct str body)
{
	return reply_with(x, status, STR("text/html; charset=utf-8"), body);
}

enum err
reply_text(struct exchange *x, int status, struct str body)
{
	return reply_with(x, status, STR("text/plain; charset=utf-8"), body);
}

enum err
reply_redirect(struct exchange *x, struct str location)
{
	reply_header(x, "location", location);
	return reply_with(x, 303, STR_NONE, STR_NONE);
}

enum err
reply_retry_after(struct exchange *x, int64_t wait_ms)
{
	int64_t wait_s = (wait_ms + MS_PER_S - 1) / MS_PER_S;

	if (wait_ms == LIMITER_UNKNOWN)
		return ERR_UNAVAILABLE;
	x->cx.problem = str_printf(x->cx.arena, "Too many requests; try again in %.*s.",
		STR_ARG(duration_words(x->cx.arena, duration_of_wait_ms(wait_s))));
	x->retry_after_s = wait_s;
	return ERR_TOO_MANY_REQUESTS;
}

/* A problem is what was wrong with the request; a failure of ours, such as a
 * commit that fails after the handler has named one, has nothing to do with it. */
static struct str
description(const struct exchange *x, enum err e)
{
	bool ours = err_status(e) >= 500;

	return x->cx.problem.n && !ours ? x->cx.problem : str_of(err_sentence(e));
}

static void
error_as_json(struct exchange *x, enum err e)
{
	struct buf body;

	buf_init(&body, x->cx.arena, ERROR_BODY_MAX);
	json_open(&body, '{');
	json_member_str(&body, "error", str_of(err_code(e)));
	json_member_str(&body, "error_description", description(x, e));
	json_close(&body, '}');
	(void)reply_json(x, err_status(e), buf_str(&body));
}

static void
error_as_text(struct exchange *x, enum err e)
{
	(void)reply_text(
		x, err_status(e), str_printf(x->cx.arena, "%.*s\n", STR_ARG(description(x, e))));
}

/* RFC 6750 section 3.1: who sent no token is told the scheme, and no error. */
static struct str
bearer_challenge(const struct exchange *x)
{
	if (!request_header(&x->request, "authorization").n &&
		!form_get(&x->form, "access_token").n)
		return STR("Bearer realm=\"authgate\"");
	return STR("Bearer realm=\"authgate\", error=\"invalid_token\"");
}

/* RFC 6749 section 5.2 and RFC 6750 section 3: which scheme would have worked. */
static void
add_error_headers(struct exchange *x, enum err e)
{
	if (e == ERR_INVALID_CLIENT)
		reply_header(x, "www-authenticate", STR("Basic realm=\"authgate\""));
	if (e == ERR_INVALID_TOKEN)
		reply_header(x, "www-authenticate", bearer_challenge(x));
	if (e == ERR_INSUFFICIENT_SCOPE)
		reply_header(x, "www-authenticate",
			STR("Bearer realm=\"authgate\", error=\"insufficient_scope\""));
	/* RFC 9470 section 3. */
	if (e == ERR_STALE_AUTHENTICATION)
		reply_header(x, "www-authenticate",
			str_printf(x->cx.arena,
				"Bearer realm=\"authgate\", error=\"%s\", max_age=\"%d\"",
				err_code(e), SCOPE_ADMIN_TTL_S));
	if (err_status(e) == 503)
		reply_header(x, "retry-after", STR("1"));
	if (e == ERR_TOO_MANY_REQUESTS && x->retry_after_s)
		reply_header(x, "retry-after",
			str_printf(x->cx.arena, "%lld", (long long)x->retry_after_s));
}

/* An address that is nobody's: a page for who reads pages. */
static enum error_style
style_of(const struct exchange *x)
{
	struct str accept = request_header(&x->request, "accept");

	if (x->route)
		return x->route->errors;
	return accept.n && memmem(accept.p, accept.n, "text/html", 9) ? ERRORS_PAGE : ERRORS_OAUTH;
}

void
reply_error(struct exchange *x, enum err e)
{
	enum error_style style = style_of(x);

	HOLDS(err_is_answer(e));
	exchange_reset_reply(x);
	if (style == ERRORS_OAUTH)
		error_as_json(x, e);
	else if (style == ERRORS_PAGE)
		x->server->upcalls->error_page(x, e);
	else
		error_as_text(x, e);
	add_error_headers(x, e);
	x->reply.error = e;
}
