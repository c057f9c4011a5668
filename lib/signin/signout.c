/* Finding the way out. */
#include "lib/signin/signout.h"

#include "lib/base/clock.h"
#include "lib/base/form.h"
#include "lib/base/log.h"
#include "lib/config/config.h"
#include "lib/signin/dialect.h"
#include "lib/signin/tokens.h"
#include "lib/store/identity.h"

enum { ADDRESS_MAX = 16 * 1024 };

static struct str
address_at(struct upstream_call *c, const struct upstream_metadata *server,
	const struct identity *identity)
{
	struct str hint = tokens_id_token(c->cx, identity->id, identity->tokens_sealed);
	struct buf to;

	if (!server->end_session_endpoint.n)
		return STR_NONE;
	buf_init(&to, c->cx->arena, ADDRESS_MAX);
	buf_add(&to, server->end_session_endpoint);
	buf_add_char(&to, str_has_char(server->end_session_endpoint, '?') ? '&' : '?');
	form_add(&to, "client_id", c->provider->client_id);
	form_add(&to, "post_logout_redirect_uri",
		str_printf(c->cx->arena, "%.*s/oauth/logout", STR_ARG(c->cx->config->base_url)));
	if (hint.n)
		form_add(&to, "id_token_hint", hint);
	return buf_ok(&to) ? buf_str(&to) : STR_NONE;
}

static void
ask(struct context *cx, const struct config_provider *provider, const struct identity *identity,
	struct str *ret)
{
	const struct dialect *dialect = dialect_find(provider->type);
	struct upstream_metadata server = {.issuer = STR_NONE};
	struct upstream_call call = {
		.cx = cx,
		.upstreams = cx->upstreams,
		.provider = provider,
		.timeout_ms = cx->config->oauth_timeout_s * MS_PER_S,
		.insecure = cx->config->oauth_insecure,
	};

	if (dialect->locate(&call, &server))
		log_warning("nobody could be signed out at another server",
			log_str("provider", provider->name), log_c("why", call.why.text),
			log_str("request_id", cx->request_id));
	else
		*ret = address_at(&call, &server, identity);
}

enum err
signout_address(struct context *cx, struct id session, struct str *ret)
{
	const struct config_provider *provider;
	struct identity identity;
	enum err e;

	*ret = STR_NONE;
	if (id_is_zero(session))
		return OK;
	if ((e = identity_of_session(cx->store, cx->arena, session, &identity)))
		return e == ERR_NO_ROW ? OK : e;
	provider = config_provider_find(cx->config, identity.provider);
	if (!provider || !provider->sign_out)
		return OK;
	if ((e = context_needs(cx, LANE_CALLER)))
		return e;
	ask(cx, provider, &identity, ret);
	return OK;
}
