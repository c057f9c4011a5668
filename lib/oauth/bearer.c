/* From the text of an access token to its row. */
#include "lib/oauth/bearer.h"

#include "lib/account/sessions.h"
#include "lib/audit/audit.h"
#include "lib/base/base64.h"
#include "lib/base/clock.h"
#include "lib/config/config.h"
#include "lib/metrics/metrics.h"
#include "lib/oauth/issuer.h"
#include "lib/oauth/resource.h"
#include "lib/oauth/scope.h"
#include "lib/oauth/token_api.h"

enum { BEARER_MAX = 16384 };

/* write_claims in token.c ends every payload with it. */
static const struct str jti_label = {"\"jti\":\"", 7};

static enum err
read_jti(struct arena *arena, struct str token, struct id *ret)
{
	struct str payload;

	if (token.n > BEARER_MAX)
		return ERR_INVALID_TOKEN;
	(void)str_cut(&token, '.');
	if (base64url_decode(arena, str_cut(&token, '.'), &payload) ||
		!str_ends(payload, STR("\"}")) || payload.n < jti_label.n + ID_TEXT_SIZE + 2)
		return ERR_INVALID_TOKEN;
	payload = str_from(payload, payload.n - (jti_label.n + ID_TEXT_SIZE + 2));
	if (!str_starts(payload, jti_label) ||
		id_parse(str_first(str_from(payload, jti_label.n), ID_TEXT_SIZE), ret))
		return ERR_INVALID_TOKEN;
	return OK;
}

void
bearer_read_ahead(const struct context *cx, struct str token)
{
	struct id id;

	if (!read_jti(cx->arena, token, &id))
		live_token_by_id_ahead(cx->store, id);
}

static enum err
find_own(const struct context *cx, struct str token, struct live_token *ret)
{
	struct live_token found;
	struct id id;
	enum err e;

	if ((e = read_jti(cx->arena, token, &id)))
		return e;
	e = live_token_by_id(cx->store, cx->arena, id, &found);
	if (e)
		return e == ERR_NO_ROW ? ERR_INVALID_TOKEN : e;
	if (!digest_eq(found.digest, sha256(token)))
		return ERR_INVALID_TOKEN;
	*ret = found;
	return OK;
}

/* Whatever form it has, that of our own included; unless there is no service. */
static enum err
find_foreign(const struct context *cx, struct str token, struct live_token *ret)
{
	enum err e;

	if (!cx->config->token_api_url.n || token.n > BEARER_MAX)
		return ERR_INVALID_TOKEN;
	e = live_token_foreign(cx->store, cx->arena, sha256(token), ret);
	return e == ERR_NO_ROW ? ERR_INVALID_TOKEN : e;
}

enum err
bearer_find_any(const struct context *cx, struct str token, struct live_token *ret)
{
	enum err e = find_own(cx, token, ret);

	return e == ERR_INVALID_TOKEN ? find_foreign(cx, token, ret) : e;
}

static enum err
find_living(const struct context *cx, struct str token, struct live_token *ret)
{
	struct live_token found;
	enum err e;

	if ((e = bearer_find_any(cx, token, &found)))
		return e;
	if (found.is_dead || found.expires_ms <= cx->now_ms)
		return ERR_INVALID_TOKEN;
	*ret = found;
	return OK;
}

static bool
has_power(const struct live_token *token)
{
	return scope_has(token->scope, STR(SCOPE_ADMIN));
}

/* Power ends with the session in which it was consented to. */
static enum err
check_session(const struct context *cx, const struct live_token *token)
{
	struct session session;
	enum err e = session_by_id(cx->store, cx->arena, token->session_id, &session);

	if (e)
		return e == ERR_NO_ROW ? ERR_INVALID_TOKEN : e;
	return sessions_is_live(cx, &session) ? OK : ERR_INVALID_TOKEN;
}

static enum err
ask_service(struct context *cx, struct str token, const struct live_token *found)
{
	const struct token_wish whose = {
		.subject = bearer_subject(cx, found), .client_id = found->client_id};

	return token_api_validate(cx, &whose, token);
}

enum err
bearer_find(struct context *cx, struct str token, struct live_token *ret)
{
	struct live_token found;
	enum err e;

	if ((e = find_living(cx, token, &found)) ||
		(has_power(&found) && (e = check_session(cx, &found))) ||
		(found.is_foreign && (e = ask_service(cx, token, &found))))
		return e;
	*ret = found;
	return OK;
}

enum err
bearer_find_for_us(struct context *cx, struct str token, struct live_token *ret)
{
	struct live_token found;
	enum err e;

	if ((e = bearer_find(cx, token, &found)))
		return e;
	if (found.resource.n && !scope_has(found.resource, cx->issuer->url))
		return ERR_INVALID_TOKEN;
	*ret = found;
	return OK;
}

void
bearer_count(const struct context *cx, int64_t started_us, bool is_valid)
{
	metrics_count(cx->metrics, METRIC_VALIDATIONS,
		is_valid ? LABEL_VALIDITY_SUCCESS : LABEL_VALIDITY_INVALID);
	metrics_observe_since(cx->metrics, METRIC_VALIDATION_TIME, LABEL_ISSUER_LOCAL, started_us);
}

static bool
is_for_us(const struct context *cx, const struct live_token *token)
{
	struct str audience = token->resource.n ? token->resource : resource_default(cx);

	return scope_has(audience, cx->issuer->url);
}

enum err
bearer_find_admin(const struct context *cx, struct str token, bool changes, struct live_token *ret)
{
	struct live_token found;
	enum err e;

	if ((e = find_living(cx, token, &found)))
		return e;
	if (!has_power(&found) || !str_is(found.user.role, "admin") || !is_for_us(cx, &found))
		return ERR_INSUFFICIENT_SCOPE;
	if ((e = check_session(cx, &found)))
		return e;
	if (changes && cx->now_ms - found.auth_ms > SCOPE_ADMIN_TTL_S * (int64_t)MS_PER_S)
		return ERR_STALE_AUTHENTICATION;
	*ret = found;
	return OK;
}

struct str
bearer_subject(const struct context *cx, const struct live_token *token)
{
	if (id_is_zero(token->user.id))
		return audit_actor_client(cx->arena, token->client_id);
	return id_text(cx->arena, token->user.id);
}
