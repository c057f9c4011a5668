/* There and back. */
#include "lib/signin/oauth.h"

#include "lib/base/base64.h"
#include "lib/base/json.h"
#include "lib/crypto/digest.h"
#include "lib/signin/dialect.h"
#include "lib/signin/groups.h"
#include "lib/signin/signin.h"
#include "lib/signin/tokens.h"

enum { ADDRESS_MAX = 8192, TOKEN_REQUEST_MAX = 16 * 1024, CODE_MAX = 4096, WHY_MAX = 64 };

static struct str
redirect_uri(const struct upstream_call *c)
{
	if (c->provider->redirect_url.n)
		return c->provider->redirect_url;
	return str_printf(c->cx->arena, "%.*s/auth/callback/%.*s", STR_ARG(c->cx->config->base_url),
		STR_ARG(c->provider->name));
}

static struct str
scopes(struct arena *arena, const struct config_provider *p, const struct dialect *d)
{
	struct str wanted = p->scopes.n ? p->scopes : str_of(d->scopes);

	if (!d->group_scope || !groups_matter(p))
		return wanted;
	return str_printf(arena, "%.*s %s", STR_ARG(wanted), d->group_scope);
}

static struct str
challenge(struct arena *arena, struct str verifier)
{
	struct digest d = sha256(verifier);

	return base64url(arena, d.bytes, sizeof d.bytes);
}

enum err
oauth_begin(struct signin *in)
{
	struct upstream_call *c = &in->call;
	const struct dialect *dialect = dialect_find(c->provider->type);
	struct upstream_metadata server;
	struct buf to;
	enum err e;

	if ((e = dialect->locate(c, &server)) || (e = detour_begin(in->cx, &in->detour)))
		return e;
	buf_init(&to, in->cx->arena, ADDRESS_MAX);
	buf_add(&to, server.authorization_endpoint);
	buf_add_char(&to, str_has_char(server.authorization_endpoint, '?') ? '&' : '?');
	form_add(&to, "response_type", STR("code"));
	form_add(&to, "client_id", c->provider->client_id);
	form_add(&to, "redirect_uri", redirect_uri(c));
	form_add(&to, "scope", scopes(in->cx->arena, c->provider, dialect));
	form_add(&to, "state", in->detour.state);
	if (dialect->has_nonce)
		form_add(&to, "nonce", in->detour.nonce);
	form_add(&to, "code_challenge", challenge(in->cx->arena, in->detour.verifier));
	form_add(&to, "code_challenge_method", STR("S256"));
	if (in->detour.is_fresh)
		form_add(&to, "prompt", STR("login"));
	if (in->detour.is_fresh && dialect->tells_when)
		form_add(&to, "max_age", STR("0"));
	if (!buf_ok(&to))
		return upstream_wrong(c, "its address is too long");
	in->go_to = buf_str(&to);
	return OK;
}

/* ---- back ---- */

/* Of an error, only what the RFC knows is told: the rest is a stranger's text. */
static enum err
judge_error(struct upstream_call *c, struct str error)
{
	if (!error.n)
		return OK;
	(void)diag_set(&c->why, ERR_UPSTREAM_DENIED, "it answered with the error %.*s",
		STR_ARG(str_is_printable(error) ? str_first(error, WHY_MAX) : STR("(odd)")));
	return ERR_UPSTREAM_DENIED;
}

/* RFC 9207 section 2.4: an answer of another server, for which this one was mistaken. */
static enum err
judge_issuer(struct upstream_call *c, const struct upstream_metadata *server, struct str iss)
{
	if (iss.n ? str_eq(iss, server->issuer) : !server->sends_iss)
		return OK;
	return upstream_wrong(c,
		iss.n ? "the answer names another issuer" : "the answer does not name its issuer");
}

static void
add_client(struct upstream_call *c, const struct upstream_metadata *server, struct buf *form,
	struct fetch_request *r)
{
	struct buf user, password;

	if (!c->provider->client_secret.n || !server->wants_basic) {
		form_add(form, "client_id", c->provider->client_id);
		if (c->provider->client_secret.n)
			form_add(form, "client_secret", c->provider->client_secret);
		return;
	}
	buf_init(&user, c->cx->arena, TOKEN_REQUEST_MAX);
	buf_init(&password, c->cx->arena, TOKEN_REQUEST_MAX);
	percent_encode(&user, c->provider->client_id);
	percent_encode(&password, c->provider->client_secret);
	r->user = buf_str(&user);
	r->password = buf_str(&password);
}

static enum err
read_tokens(struct upstream_call *c, const struct json *doc, struct upstream_tokens *t)
{
	struct str error = json_get_str(doc, "error");

	/* GitHub refuses with status 200. */
	if (error.n)
		return diag_set(&c->why, ERR_UPSTREAM, "it refused the code: %.*s",
			STR_ARG(str_is_printable(error) ? str_first(error, WHY_MAX)
							: STR("(odd)")));
	t->access_token = str_copy(c->cx->arena, json_get_str(doc, "access_token"));
	t->id_token = str_copy(c->cx->arena, json_get_str(doc, "id_token"));
	t->refresh_token = str_copy(c->cx->arena, json_get_str(doc, "refresh_token"));
	if (!t->access_token.n || !str_is_printable(t->access_token))
		return upstream_wrong(c, "it gave no access token");
	return OK;
}

static enum err
redeem(struct upstream_call *c, const struct detour *d, struct str code, struct upstream_tokens *t)
{
	struct fetch_request request = {.accept = STR("application/json")};
	struct json *doc = NULL;
	struct buf form;
	enum err e;

	buf_init(&form, c->cx->arena, TOKEN_REQUEST_MAX);
	form_add(&form, "grant_type", STR("authorization_code"));
	form_add(&form, "code", code);
	form_add(&form, "redirect_uri", redirect_uri(c));
	form_add(&form, "code_verifier", d->verifier);
	add_client(c, &t->server, &form, &request);
	request.url = t->server.token_endpoint;
	request.form = buf_str(&form);
	if (!buf_ok(&form))
		return upstream_wrong(c, "its code is too long");
	if (!(e = upstream_fetch_json(c, &request, &doc)))
		e = read_tokens(c, doc, t);
	json_free(doc);
	return e;
}

/* OpenID Connect Core section 3.1.2.1: who was asked with max_age has to say when it was. */
static enum err
judge_freshness(struct signin *in, const struct dialect *dialect)
{
	int64_t auth_ms = in->assertion.auth_ms;

	if (!in->detour.is_fresh)
		return OK;
	if (!auth_ms && dialect->tells_when)
		return upstream_wrong(
			&in->call, "it was asked for a new sign-in and does not say when it was");
	if (auth_ms && auth_ms + SIGNIN_CLOCKS_DIFFER_MS < in->detour.started_ms)
		return upstream_wrong(
			&in->call, "it was asked for a new sign-in and answered with an old one");
	return OK;
}

enum err
oauth_finish(struct signin *in)
{
	struct upstream_call *c = &in->call;
	const struct dialect *dialect = dialect_find(c->provider->type);
	struct upstream_tokens tokens = {.nonce = dialect->has_nonce ? in->detour.nonce : STR_NONE};
	struct str code = form_get(in->answer, "code");
	enum err e;

	if ((e = judge_error(c, form_get(in->answer, "error"))) ||
		(e = dialect->locate(c, &tokens.server)) ||
		(e = judge_issuer(c, &tokens.server, form_get(in->answer, "iss"))))
		return e;
	if (!code.n || code.n > CODE_MAX)
		return upstream_wrong(c, "the answer holds no code");
	if ((e = redeem(c, &in->detour, code, &tokens)))
		return e;
	if ((e = dialect->ask(c, &tokens, &in->assertion)) || (e = judge_freshness(in, dialect)))
		return e;
	in->assertion.tokens = tokens_to_keep(c, &tokens);
	return OK;
}
