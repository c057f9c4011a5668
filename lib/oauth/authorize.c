/* Reading and judging an authorization request, and answering it. */
#include "lib/oauth/authorize.h"

#include "lib/audit/audit.h"
#include "lib/base/clock.h"
#include "lib/base/holds.h"
#include "lib/base/ipaddr.h"
#include "lib/base/url.h"
#include "lib/config/config.h"
#include "lib/crypto/credential.h"
#include "lib/crypto/random.h"
#include "lib/oauth/claims_request.h"
#include "lib/oauth/client.h"
#include "lib/oauth/client_scope.h"
#include "lib/oauth/consent.h"
#include "lib/oauth/issuer.h"
#include "lib/oauth/pkce.h"
#include "lib/oauth/redirect.h"
#include "lib/oauth/resource.h"
#include "lib/oauth/scope.h"
#include "lib/store/registration.h"

enum { STATE_MAX = 8192, NONCE_MAX = 1024, WAITING_TTL_S = 600, PARAMS_MAX = 16384 };

/* ---- reading: for the person until client and redirect URI are proven ---- */

static enum err
read_client(struct context *cx, const struct form *form, struct client *ret)
{
	struct id id;
	enum err e;

	if (id_parse(form_get(form, "client_id"), &id))
		return ERR_APP_UNKNOWN;
	e = client_core_by_id(cx->store, cx->arena, id, ret);
	if (e == ERR_NO_ROW || (!e && !str_is(ret->status, "active")))
		return ERR_APP_UNKNOWN;
	return e;
}

static bool
is_native(const struct client *client)
{
	return str_is(client->application_type, "native");
}

/* RFC 6749 section 3.1.2.3: may be left out if exactly one is registered. */
static enum err
read_redirect(const struct form *form, struct authorize *a)
{
	struct str registered = a->client.redirect_uris;
	struct str only = registered;
	struct str sent = form_get(form, "redirect_uri");

	if (!sent.n) {
		a->redirect_uri = str_word(&only);
		if (!a->redirect_uri.n || only.n)
			return ERR_APP_REDIRECT_MISSING;
		return OK;
	}
	if (!redirect_is_registered(sent, registered, is_native(&a->client)))
		return ERR_APP_REDIRECT_UNKNOWN;
	a->redirect_uri = sent;
	a->redirect_uri_sent = true;
	return OK;
}

/* ---- reading: for the client from here on ---- */

static enum err
client_problem(struct authorize *a, enum err e, const char *problem)
{
	a->problem = str_of(problem);
	return e;
}

static enum err
read_response(const struct form *form, struct authorize *a)
{
	struct str type = form_get(form, "response_type");
	struct str mode = form_get(form, "response_mode");

	a->form_post = str_is(mode, "form_post");
	if (mode.n && !a->form_post && !str_is(mode, "query"))
		return client_problem(
			a, ERR_INVALID_REQUEST, "response_mode must be query or form_post");
	if (!type.n)
		return client_problem(a, ERR_INVALID_REQUEST, "response_type is missing");
	return str_is(type, "code") ? OK : ERR_UNSUPPORTED_RESPONSE_TYPE;
}

/* OpenID Connect Core section 6: refused by name, and nothing is fetched. */
static enum err
refuse_request_objects(const struct form *form)
{
	if (form_get(form, "request").n)
		return ERR_REQUEST_NOT_SUPPORTED;
	if (form_get(form, "request_uri").n)
		return ERR_REQUEST_URI_NOT_SUPPORTED;
	return form_get(form, "registration").n ? ERR_REGISTRATION_NOT_SUPPORTED : OK;
}

static enum err
read_pkce(const struct context *cx, const struct form *form, struct authorize *a)
{
	struct str challenge = form_get(form, "code_challenge");
	struct str method = form_get(form, "code_challenge_method");

	if (!challenge.n) {
		if (method.n || client_is_public(&a->client) || a->client.require_pkce ||
			cx->config->pkce_required)
			return client_problem(a, ERR_INVALID_REQUEST, "code_challenge is required");
		return OK;
	}
	if (!str_is(method, "S256"))
		return client_problem(a, ERR_INVALID_REQUEST, "code_challenge_method must be S256");
	if (!pkce_is_challenge(challenge))
		return client_problem(
			a, ERR_INVALID_REQUEST, "code_challenge is not base64url of 32 bytes");
	a->code_challenge = challenge;
	return OK;
}

/* Of every request, whatever else is wrong with it: how it is answered depends on it. */
static void
read_prompt(const struct form *form, struct authorize *a)
{
	static const struct {
		const char *word;
		unsigned bit;
	} words[] = {
		{"none", PROMPT_NONE},
		{"login", PROMPT_LOGIN},
		{"consent", PROMPT_CONSENT},
		{"select_account", PROMPT_SELECT_ACCOUNT},
	};

	/* Unknown words are ignored, as section 3.1.2.1 leaves open. */
	STR_EACH (word, form_get(form, "prompt"))
		for (size_t i = 0; i < countof(words); i++)
			if (str_is(word, words[i].word))
				a->prompt |= words[i].bit;
}

static enum err
check_prompt(struct authorize *a)
{
	if (a->prompt & PROMPT_NONE && a->prompt != PROMPT_NONE)
		return client_problem(a, ERR_INVALID_REQUEST, "prompt=none stands alone");
	return OK;
}

static enum err
read_max_age(const struct form *form, struct authorize *a)
{
	struct str text = form_get(form, "max_age");

	a->max_age_s = -1;
	if (!text.n)
		return OK;
	if (str_to_i64(text, &a->max_age_s) || a->max_age_s < 0 || a->max_age_s > INT32_MAX)
		return client_problem(a, ERR_INVALID_REQUEST, "max_age is a number of seconds");
	return OK;
}

static enum err
read_hints(struct context *cx, const struct form *form, struct authorize *a)
{
	struct str hint = form_get(form, "id_token_hint");

	a->login_hint = form_get(form, "login_hint");
	if (!hint.n)
		return OK;
	if (issuer_read_own_id_token(cx, hint, &a->hinted_subject, NULL, NULL))
		return client_problem(a, ERR_INVALID_REQUEST, "id_token_hint is not one of ours");
	return OK;
}

/* By the scopes that its claims stand under, if the client may have them. */
static enum err
read_claims(struct context *cx, const struct form *form, struct authorize *a)
{
	struct str text = form_get(form, "claims");
	struct claims_request wish;
	enum err e;

	if (!text.n)
		return OK;
	if ((e = claims_request_read(cx, text, &wish))) {
		a->problem = cx->problem;
		return e;
	}
	if (wish.unmet)
		return client_problem(
			a, ERR_ACCESS_DENIED, "claims: nobody signs in with such an acr here");
	if (wish.subject.n)
		a->hinted_subject = wish.subject;
	a->wished_scope = scope_intersection(cx->arena, wish.scope, a->client.scopes);
	return OK;
}

/* Power over the server is asked for by its name, or not given. */
static enum err
read_scope(struct context *cx, const struct form *form, struct authorize *a)
{
	struct str asked = form_get(form, "scope");
	struct str allowed = a->client.scopes;
	enum err e;

	if (!asked.n)
		allowed = scope_without(cx->arena, allowed, SCOPE_ADMIN);
	else if (scope_has(asked, STR("openid")))
		asked = scope_union(cx->arena, asked, a->wished_scope);
	e = client_scope_for_person(cx, &a->client, asked, allowed, &a->scope);
	a->problem = cx->problem;
	return e;
}

static enum err
read_rest(struct context *cx, const struct form *form, struct authorize *a)
{
	enum err e;

	a->nonce = form_get(form, "nonce");
	if (a->nonce.n > NONCE_MAX)
		return client_problem(a, ERR_INVALID_REQUEST, "nonce is too long");
	if (!client_may_use(&a->client, "authorization_code"))
		return ERR_UNAUTHORIZED_CLIENT;
	if ((e = refuse_request_objects(form)) || (e = read_pkce(cx, form, a)) ||
		(e = check_prompt(a)) || (e = read_max_age(form, a)) ||
		(e = resource_read(cx, form, &a->resource)) || (e = read_hints(cx, form, a)) ||
		(e = read_claims(cx, form, a)))
		return e;
	return read_scope(cx, form, a);
}

enum err
authorize_read(struct context *cx, const struct form *form, struct authorize *ret)
{
	struct str repeated = form_repeated(form);
	struct authorize a = {0};
	enum err e;

	if (repeated.n)
		return ERR_APP_SENT_TWICE;
	if ((e = read_client(cx, form, &a.client)) || (e = read_redirect(form, &a)))
		return e;
	a.state = form_get(form, "state");
	a.ui_locales = form_get(form, "ui_locales");
	read_prompt(form, &a);
	if (a.state.n > STATE_MAX)
		return ERR_APP_SENT_TOO_MUCH;
	if ((e = read_response(form, &a)) || (e = read_rest(cx, form, &a))) {
		if (e == ERR_STORE)
			return e;
		a.error = e;
	}
	*ret = a;
	return OK;
}

/* ---- what next ---- */

int64_t
authorize_login_after(const struct context *cx, const struct authorize *a)
{
	if (a->prompt & (PROMPT_LOGIN | PROMPT_SELECT_ACCOUNT))
		return cx->now_ms;
	return a->max_age_s >= 0 ? cx->now_ms - a->max_age_s * MS_PER_S : 0;
}

static bool
needs_login(const struct authorize *a, const struct session *session, const struct user *user,
	struct arena *arena, int64_t login_after_ms)
{
	if (!session || session->auth_ms < login_after_ms)
		return true;
	return a->hinted_subject.n && !str_eq(a->hinted_subject, id_text(arena, user->id));
}

/* Remembered only when it covers what is asked, never for power over the server, and
 * never for a native client: anybody can pretend to be one (RFC 8252 section 8.6). */
static enum err
needs_consent(
	const struct context *cx, const struct authorize *a, const struct user *user, bool *ret)
{
	enum err e;
	bool covered;

	*ret = true;
	if (a->prompt & PROMPT_CONSENT || is_native(&a->client) || !cx->config->consent_remember ||
		scope_has(a->scope, STR(SCOPE_ADMIN)))
		return OK;
	if ((e = consent_covers(cx, user->id, &a->client, a->scope, a->resource, &covered)))
		return e;
	*ret = !covered;
	return OK;
}

/* Whoever is no administrator does not get the scope: a token must not gain power when its
 * user does later. */
static void
withhold_power(const struct context *cx, struct authorize *a, const struct user *user)
{
	if (str_is(user->role, "admin") || !scope_has(a->scope, STR(SCOPE_ADMIN)))
		return;
	a->scope = scope_without(cx->arena, a->scope, SCOPE_ADMIN);
	if (!a->scope.n)
		a->error = client_problem(a, ERR_INVALID_SCOPE, "the user is not an administrator");
}

enum err
authorize_next(const struct context *cx, struct authorize *a, const struct session *session,
	const struct user *user, int64_t login_after_ms, enum authorize_step *ret)
{
	bool silent = a->prompt & PROMPT_NONE;
	bool consent;
	enum err e;

	if (!a->error && needs_login(a, session, user, cx->arena, login_after_ms)) {
		if (silent)
			a->error = ERR_LOGIN_REQUIRED;
		*ret = silent ? STEP_ANSWER_ERROR : STEP_LOGIN;
		return OK;
	}
	if (!a->error)
		withhold_power(cx, a, user);
	if (a->error) {
		*ret = STEP_ANSWER_ERROR;
		return OK;
	}
	if ((e = needs_consent(cx, a, user, &consent)))
		return e;
	if (consent && silent)
		a->error = ERR_CONSENT_REQUIRED;
	*ret = a->error ? STEP_ANSWER_ERROR : consent ? STEP_CONSENT : STEP_ISSUE;
	return OK;
}

static enum err
is_trusted(const struct context *cx, const struct client *client, bool *ret)
{
	struct registration registration;
	enum err e;

	*ret = cx->config->registration_approval;
	if (*ret)
		return OK;
	e = registration_by_id(cx->store, cx->arena, client->id, &registration);
	*ret = !registration.has_digest;
	return e;
}

enum err
authorize_may_redirect(const struct context *cx, const struct authorize *a,
	const struct session *session, bool *ret)
{
	*ret = a->prompt & PROMPT_NONE;
	return *ret || !session ? OK : is_trusted(cx, &a->client, ret);
}

/* ---- waiting ---- */

enum err
authorize_wait(const struct context *cx, const struct authorize *a, const struct form *form,
	struct str browser, struct authorize_waiting *ret)
{
	struct ipaddr_place place = ipaddr_place(cx->arena, cx->ip);
	struct buf params;
	enum err e;

	buf_init(&params, cx->arena, PARAMS_MAX);
	for (size_t i = 0; i < form->count; i++)
		form_add(&params, str_c(cx->arena, form->fields[i].name), form->fields[i].value);
	if (!buf_ok(&params))
		return ERR_TOO_LONG;
	ret->row = (struct authorize_request){
		.browser = sha256(browser),
		.client_id = a->client.id,
		.params = buf_str(&params),
		.login_after_ms = authorize_login_after(cx, a),
		.created_ms = cx->now_ms,
		.expires_ms = cx->now_ms + WAITING_TTL_S * MS_PER_S,
		.network = place.network,
		.region = place.region,
	};
	e = id_new(cx->now_ms, &ret->row.id);
	return e;
}

enum err
authorize_store_waiting(struct store *s, void *arg)
{
	const struct authorize_waiting *waiting = arg;

	HOLDS(waiting->row.params.n > 0);
	return authorize_request_insert(s, &waiting->row);
}

enum err
authorize_resume(struct context *cx, struct str id_text, struct str browser,
	struct authorize_request *ret_row, struct authorize *ret)
{
	struct authorize_request row;
	struct form *form = arena_new(cx->arena, struct form);
	struct id id;
	enum err e;

	if (id_parse(id_text, &id))
		return ERR_NO_ROW;
	if ((e = authorize_request_by_id(cx->store, cx->arena, id, &row)))
		return e;
	if (!digest_eq(row.browser, sha256(browser)) || row.expires_ms <= cx->now_ms)
		return ERR_NO_ROW;
	if ((e = form_parse(cx->arena, row.params, form, NULL)) ||
		(e = authorize_read(cx, form, ret)))
		return e;
	*ret_row = row;
	return OK;
}

/* ---- deciding ---- */

enum err
authorize_issue(const struct context *cx, const struct authorize *a, const struct session *session,
	const struct user *user, struct authorize_decision *ret, struct str *ret_text)
{
	struct credential credential;
	struct id family;
	enum err e;

	if ((e = credential_new(cx->arena, cx->now_ms, &credential, ret_text)) ||
		(e = id_new(cx->now_ms, &family)))
		return e;
	ret->cx = cx;
	ret->client = a->client;
	ret->user = *user;
	ret->session_id = session->id;
	ret->session_began_ms = session->created_ms;
	ret->approve = true;
	ret->code = (struct auth_code){
		.id = credential.id,
		.digest = credential.digest,
		.family_id = family,
		.client_id = a->client.id,
		.client_epoch_ms = a->client.epoch_ms,
		.user_id = user->id,
		.session_id = session->id,
		.redirect_uri = a->redirect_uri_sent ? a->redirect_uri : STR_NONE,
		.scope = a->scope,
		.resource = a->resource,
		.nonce = a->nonce,
		.code_challenge = a->code_challenge,
		.state = STR("issued"),
		.auth_ms = session->auth_ms,
		.amr = session->amr,
		.created_ms = cx->now_ms,
		.expires_ms = cx->now_ms + cx->config->auth_code_ttl_s * MS_PER_S,
	};
	return OK;
}

static struct str
decision_word(bool approve)
{
	return approve ? STR("approved") : STR("denied");
}

bool
authorize_is_same_decision(
	const struct authorize_request *row, bool approve, const struct session *session)
{
	return str_eq(row->decision, decision_word(approve)) && session &&
	       id_eq(row->session_id, session->id);
}

/* The answer to the first decision may never have arrived: a second click cancels
 * it.  The code that it brought, if nobody has used it, is replaced, so that only
 * the text that is answered last is good. */
static enum err
decide_again(struct store *s, const struct authorize_decision *d)
{
	struct session session = {.id = d->session_id};
	struct authorize_request row;
	enum err e;

	e = authorize_request_hold(s, d->request_id);
	if (!e)
		e = authorize_request_by_id(s, d->cx->arena, d->request_id, &row);
	if (e)
		return e == ERR_NO_ROW ? ERR_DECIDED : e;
	if (!authorize_is_same_decision(&row, d->approve, &session))
		return ERR_DECIDED;
	if (!d->approve)
		return OK;
	if ((e = auth_code_replace(s, row.code_id, &d->code)))
		return e == ERR_NO_ROW ? ERR_DECIDED : e;
	return authorize_request_set_code(s, row.id, d->code.id);
}

enum err
authorize_store_decision(struct store *s, void *arg)
{
	const struct authorize_decision *d = arg;
	struct arena *arena = d->cx->arena;
	struct audit_record record = {
		.event = d->approve ? AUDIT_EVENT_CODE_ISSUED : AUDIT_EVENT_CODE_DENIED,
		.actor = audit_actor_user(arena, d->user.username),
		.target = audit_actor_client(arena, d->client.id),
		.detail = d->code.scope,
	};
	enum err e;

	HOLDS(!d->approve || id_eq(d->code.user_id, d->user.id));
	HOLDS(!d->approve || id_eq(d->code.client_id, d->client.id));
	/* Or a code would outlive "sign out everywhere", or a new password, if it was on its way.
	 */
	if (d->approve && (e = session_hold(s, d->session_id, d->session_began_ms)))
		return e == ERR_NO_ROW ? ERR_LOGIN_REQUIRED : e;
	if (!id_is_zero(d->request_id)) {
		e = authorize_request_decide(
			s, d->request_id, decision_word(d->approve), d->session_id, d->code.id);
		if (e)
			return e == ERR_NO_ROW ? decide_again(s, d) : e;
	}
	if (d->approve && d->remember &&
		(e = consent_remember(s, d->cx, d->user.id, &d->client, &d->code)))
		return e;
	if (d->approve && (e = auth_code_insert(s, &d->code)))
		return e;
	return audit_write(s, d->cx, &record);
}

/* ---- answering ---- */

static void
add_answer(struct answer *answer, const char *name, struct str value)
{
	if (value.n)
		answer->fields[answer->count++] = (struct form_field){str_of(name), value};
}

void
authorize_answer(
	const struct context *cx, const struct authorize *a, struct str code, struct answer *ret)
{
	struct str text = a->problem.n ? a->problem : str_of(err_sentence(a->error));

	ret->count = 0;
	if (a->error) {
		add_answer(ret, "error", str_of(err_code(a->error)));
		add_answer(ret, "error_description", text);
	} else {
		add_answer(ret, "code", code);
	}
	add_answer(ret, "state", a->state);
	add_answer(ret, "iss", cx->issuer->url);
}

enum err
authorize_answer_uri(struct arena *arena, const struct authorize *a, const struct answer *answer,
	struct str *ret)
{
	struct buf uri, query;

	buf_init(&query, arena, PARAMS_MAX * 4);
	buf_init(&uri, arena, PARAMS_MAX * 4);
	for (size_t i = 0; i < answer->count; i++)
		form_add(&query, str_c(arena, answer->fields[i].name), answer->fields[i].value);
	buf_add(&uri, a->redirect_uri);
	buf_add_char(&uri, str_has_char(a->redirect_uri, '?') ? '&' : '?');
	buf_add(&uri, buf_str(&query));
	if (!buf_ok(&uri) || !buf_ok(&query))
		return ERR_TOO_LONG;
	*ret = buf_str(&uri);
	return OK;
}
