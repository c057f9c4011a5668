/* RFC 6749 section 4.4: a client gets a token of its own. */
#include "lib/audit/audit.h"
#include "lib/base/holds.h"
#include "lib/config/config.h"
#include "lib/metrics/tally.h"
#include "lib/oauth/client_scope.h"
#include "lib/oauth/grant.h"
#include "lib/oauth/token.h"

struct issue {
	const struct context *cx;
	const struct client *client;
	struct token token;
};

static enum err
store_issue(struct store *s, void *arg)
{
	const struct issue *issue = arg;
	struct str id = id_text(issue->cx->arena, issue->token.row.id);
	struct audit_record record = {
		.event = AUDIT_EVENT_MACHINE_TOKEN_ISSUED,
		.actor = audit_actor_client(issue->cx->arena, issue->client->id),
		.target = str_printf(issue->cx->arena, "token:%.*s", STR_ARG(id)),
		.detail = issue->token.row.scope,
	};
	enum err e;

	HOLDS(id_eq(issue->token.row.family_id, client_family_id(issue->client)));
	if ((e = family_ensure_for_client(s, issue->client, issue->cx->now_ms)))
		return e;
	if ((e = access_token_insert(s, &issue->token.row)))
		return token_insert_error(issue->cx, &issue->token.row, e);
	if ((e = client_touch(s, issue->client, issue->cx->now_ms)))
		return e;
	return audit_write(s, issue->cx, &record);
}

enum err
grant_client_credentials_run(const struct grant_call *call, struct grant_outcome *ret)
{
	struct context *cx = call->cx;
	struct issue *issue = arena_new(cx->arena, struct issue);
	struct token_grant grant = {
		.client = call->client,
		.family_id = client_family_id(call->client),
		/* The prefix keeps it apart from every user id (RFC 9068 section 5). */
		.subject = audit_actor_client(cx->arena, call->client->id),
		.resource = call->resource,
		.extra_claims = call->extra_claims,
		.ttl_s = cx->config->client_credentials_ttl_s,
	};
	enum err e;

	if ((e = client_scope_for_machine(
		     cx, call->client, form_get(call->form, "scope"), &grant.scope)))
		return e;
	issue->cx = cx;
	issue->client = call->client;
	if ((e = token_make(cx, &grant, &issue->token)))
		return e;
	tally_done(cx->tally, METRIC_TOKENS_ISSUED,
		METRIC_SERIES(LABEL_TYPE_ACCESS, GRANT, LABEL_GRANT_MACHINE));
	*ret = (struct grant_outcome){
		.access_token = issue->token.text,
		.expires_in_s = issue->token.expires_in_s,
		.scope = grant.scope,
		.by_service = issue->token.row.is_foreign,
		.change = store_issue,
		.change_arg = issue,
	};
	return OK;
}
