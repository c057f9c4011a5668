/* Asking the service that makes tokens, and judging what it says. */
#include "lib/oauth/token_api.h"

#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/config/config.h"
#include "lib/oauth/scope.h"
#include "lib/signin/service.h"

enum { REQUEST_MAX = 64 * 1024, ANSWER_MAX = 64 * 1024, TEXT_MAX = 8192 };

bool
token_api_makes(const struct config *c, const struct client *client, struct str scope)
{
	bool by_service = str_is(client->token_provider, "http_api") ||
			  (!str_is(client->token_provider, "local") &&
				  str_is(c->token_provider_mode, "http_api"));

	return by_service && !scope_has(scope, STR(SCOPE_ADMIN));
}

/* ---- asking ---- */

static const struct config_provider *
service_as_provider(const struct context *cx)
{
	struct config_provider *p = arena_new(cx->arena, struct config_provider);

	*p = (struct config_provider){.name = STR("token-api"),
		.type = STR("token_api"),
		.issuer = cx->config->token_api_url};
	return p;
}

static struct service
service_at(const struct context *cx, const char *endpoint)
{
	const struct config *c = cx->config;

	return (struct service){
		.url = str_printf(cx->arena, "%.*s%s", STR_ARG(c->token_api_url), endpoint),
		.auth_mode = c->token_api_auth_mode,
		.auth_secret = c->token_api_auth_secret,
		.auth_header = c->token_api_auth_header,
		.timeout_ms = c->token_api_timeout_ms,
		.max_retries = c->token_api_max_retries,
		.retry_delay_ms = c->token_api_retry_delay_ms,
		.max_retry_delay_ms = c->token_api_max_retry_delay_ms,
	};
}

struct asking {
	struct upstream_call call;
	const char *endpoint;
	struct buf body;
	int status;
	struct json *answer; /* an object, or NULL */
};

static void
begin(struct asking *a, struct context *cx, const char *endpoint)
{
	*a = (struct asking){
		.call = {.cx = cx,
			.upstreams = cx->upstreams,
			.provider = service_as_provider(cx),
			.insecure = cx->config->token_api_insecure},
		.endpoint = endpoint,
	};
	buf_init(&a->body, cx->arena, REQUEST_MAX);
	json_open(&a->body, '{');
}

/* Without a service there is none to ask: a client may still say so. */
static enum err
ask(struct asking *a)
{
	const struct service to = service_at(a->call.cx, a->endpoint);
	struct fetch_reply reply;
	enum err e;

	json_close(&a->body, '}');
	if (!buf_ok(&a->body))
		return ERR_TOO_LONG;
	if (!a->call.cx->config->token_api_url.n)
		return upstream_wrong(&a->call, "token_provider.url is not set");
	if ((e = service_ask(&a->call, &to, buf_str(&a->body), &reply)))
		return e;
	a->status = reply.status;
	if (json_parse(reply.body, ANSWER_MAX, &a->answer, NULL) || !json_is_map(a->answer))
		return diag_set(
			&a->call.why, ERR_UPSTREAM, "status %d, and no JSON object", reply.status);
	return OK;
}

/* One place that ends it: the operator reads why, the client that it was the service. */
static enum err
end(struct asking *a, enum err e)
{
	json_free(a->answer);
	if (!e)
		return OK;
	log_event(e == ERR_UPSTREAM ? LOG_WARNING : LOG_INFO,
		"the service that makes tokens gave none",
		LOG_FIELDS(log_c("endpoint", a->endpoint), log_c("error", err_name(e)),
			log_str("why", str_of(a->call.why.text)),
			log_str("request_id", a->call.cx->request_id)));
	return e == ERR_UPSTREAM ? ERR_TOKEN_SERVICE : e;
}

/* ---- judging ---- */

/* Any other status than success is a no: what is no answer at all came out of ask. */
static enum err
judge_success(struct asking *a)
{
	if (a->status < 200 || a->status > 299)
		return diag_set(&a->call.why, ERR_TOKEN_REFUSED, "status %d", a->status);
	if (!json_get_bool(a->answer, "success", false))
		return diag_set(&a->call.why, ERR_TOKEN_REFUSED, "it said no");
	return OK;
}

/* RFC 6750 section 2.1: what a header can carry. */
static bool
is_token_text(struct str s)
{
	return s.n > 0 && s.n <= TEXT_MAX && str_is_printable(s) && !str_has_char(s, ' ') &&
	       !str_has_char(s, '"');
}

/* A lifetime that it does not tell is the one that was wished for. */
static enum err
read_token(struct asking *a, const char *name, const char *lifetime, int64_t most_s,
	struct made_token *ret)
{
	struct str text = json_get_str(a->answer, name);
	int64_t ttl_s = json_get_i64(a->answer, lifetime, most_s);

	if (!is_token_text(text))
		return diag_set(&a->call.why, ERR_UPSTREAM, "its %s is missing, or no token", name);
	if (ttl_s <= 0)
		return diag_set(&a->call.why, ERR_UPSTREAM, "its %s is not positive", lifetime);
	*ret = (struct made_token){
		str_copy(a->call.cx->arena, text), ttl_s < most_s ? ttl_s : most_s};
	return OK;
}

static enum err
judge_type(struct asking *a)
{
	struct str type = json_get_str(a->answer, "token_type");

	if (!type.n || str_is_nocase(type, "Bearer"))
		return OK;
	return upstream_wrong(&a->call, "its token is of another type than Bearer");
}

/* ---- the endpoints ---- */

static void
add_person(struct asking *a, const struct token_wish *wish)
{
	json_member_str(&a->body, "user_id", wish->subject);
	json_member_str(&a->body, "client_id", id_text(a->call.cx->arena, wish->client_id));
	json_member_str(&a->body, "scopes", wish->scope);
}

enum err
token_api_generate(struct context *cx, const struct token_wish *wish, struct made_token *ret)
{
	struct asking a;
	enum err e;

	if ((e = context_needs(cx, LANE_CALLER)))
		return e;
	begin(&a, cx, "/generate");
	add_person(&a, wish);
	json_member_i64(&a.body, "expires_in", wish->ttl_s);
	if (!(e = ask(&a)) && !(e = judge_success(&a)) && !(e = judge_type(&a)))
		e = read_token(&a, "access_token", "expires_in", wish->ttl_s, ret);
	return end(&a, e);
}

/* What it does not say does not contradict. */
static bool
is_said(const struct json *answer, const char *name, struct str expected)
{
	struct str said = json_get_str(answer, name);

	return !said.n || str_eq(said, expected);
}

static enum err
judge_valid(struct asking *a, const struct token_wish *wish)
{
	struct str client = id_text(a->call.cx->arena, wish->client_id);
	int64_t expires_s = json_get_i64(a->answer, "expires_at", 0);

	if (a->status < 200 || a->status > 299 || !json_get_bool(a->answer, "valid", false) ||
		(expires_s && expires_s <= a->call.cx->now_ms / MS_PER_S))
		return ERR_INVALID_TOKEN;
	if (!is_said(a->answer, "user_id", wish->subject) ||
		!is_said(a->answer, "client_id", client))
		return diag_set(&a->call.why, ERR_INVALID_TOKEN, "it says that it is another's");
	return OK;
}

enum err
token_api_validate(struct context *cx, const struct token_wish *wish, struct str token)
{
	struct asking a;
	enum err e;

	if ((e = context_needs(cx, LANE_CALLER)))
		return e;
	begin(&a, cx, "/validate");
	json_member_str(&a.body, "token", token);
	if (!(e = ask(&a)))
		e = judge_valid(&a, wish);
	return end(&a, e);
}

static enum err
renew(struct context *cx, const struct token_wish *wish, const struct token_renewal *renewal,
	struct made_token *ret_access, struct made_token *ret_refresh)
{
	struct asking a;
	enum err e;

	begin(&a, cx, "/refresh");
	json_member_str(&a.body, "refresh_token", renewal->refresh_token);
	add_person(&a, wish);
	json_member_bool(&a.body, "enable_rotation", renewal->rotates);
	if (!(e = ask(&a)) && !(e = judge_success(&a)) && !(e = judge_type(&a)))
		e = read_token(&a, "access_token", "access_expires_in", wish->ttl_s, ret_access);
	if (!e && renewal->rotates && json_get_str(a.answer, "refresh_token").n)
		e = read_token(&a, "refresh_token", "refresh_expires_in", renewal->refresh_ttl_s,
			ret_refresh);
	return end(&a, e);
}

enum err
token_api_refresh(struct context *cx, const struct token_wish *wish,
	const struct token_renewal *renewal, struct made_token *ret_access,
	struct made_token *ret_refresh)
{
	struct made_token access = {0}, refresh = {0};
	enum err e = token_api_validate(cx, wish, renewal->refresh_token);

	if (e || (e = renew(cx, wish, renewal, &access, &refresh)))
		return e;
	/* It was not replaced, whatever the member says. */
	if (str_eq(refresh.text, renewal->refresh_token))
		refresh.text = STR_NONE;
	*ret_access = access;
	*ret_refresh = refresh;
	return OK;
}
