/* POST /oauth/token (RFC 6749 section 3.2). */
#include "lib/base/json.h"
#include "lib/oauth/extra_claims.h"
#include "lib/oauth/grant.h"
#include "lib/oauth/resource.h"
#include "server/gate/client.h"
#include "server/gate/limit.h"
#include "server/handlers.h"
#include "server/reply.h"
#include "server/server.h"

enum { TOKEN_REPLY_MAX = 32 * 1024 };

/* RFC 6749 section 5.1. */
static enum err
reply_token(struct exchange *x, const struct grant_outcome *outcome)
{
	struct buf body;

	buf_init(&body, x->cx.arena, TOKEN_REPLY_MAX);
	json_open(&body, '{');
	json_member_str(&body, "access_token", outcome->access_token);
	json_member_str(&body, "token_type", STR("Bearer"));
	json_member_i64(&body, "expires_in", outcome->expires_in_s);
	/* Section 3.3: a scope has one word at least. */
	if (outcome->scope.n)
		json_member_str(&body, "scope", outcome->scope);
	if (outcome->refresh_token.n)
		json_member_str(&body, "refresh_token", outcome->refresh_token);
	if (outcome->id_token.n)
		json_member_str(&body, "id_token", outcome->id_token);
	json_close(&body, '}');
	return reply_json(x, 200, buf_str(&body));
}

static enum err
run_grant(struct exchange *x, const struct grant *grant, const struct client *client)
{
	struct grant_outcome outcome = {0};
	struct grant_call call = {
		.cx = &x->cx,
		.client = client,
		.form = &x->form,
		.pace = x->server->limits,
	};
	int64_t started_us = metrics_now_us(x->cx.metrics);
	enum err e;

	if ((e = resource_read(&x->cx, &x->form, &call.resource)) ||
		(e = extra_claims_read(
			 &x->cx, client, form_get(&x->form, "extra_claims"), &call.extra_claims)))
		return e;
	e = grant->run(&call, &outcome);
	if (!e)
		metrics_observe_since(x->cx.metrics, METRIC_GENERATION_TIME,
			outcome.by_service ? LABEL_ISSUER_SERVICE : LABEL_ISSUER_LOCAL, started_us);
	if (outcome.is_expected)
		limit_give_back(x);
	if (!outcome.change)
		return e;
	if (e)
		reply_error(x, err_answer(e));
	else if ((e = reply_token(x, &outcome)))
		return e;
	return exchange_commit(x, outcome.change, outcome.change_arg);
}

enum err
http_token_post(struct exchange *x)
{
	const struct grant *grant;
	/* Changes look at it after this function has returned. */
	struct client *client = arena_new(x->cx.arena, struct client);
	enum err e;

	if ((e = grant_find(&x->cx, form_get(&x->form, "grant_type"), &grant)))
		return e;
	if ((e = client_of(x, client)))
		return e;
	if ((e = grant_permit(&x->cx, grant, client)))
		return e;
	return run_grant(x, grant, client);
}
