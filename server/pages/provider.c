/* Signing in with another server: there, back, and what may come between. */
#include "server/pages/provider.h"

#include "lib/base/log.h"
#include "lib/oauth/redirect.h"
#include "lib/signin/signin.h"
#include "server/gate/known_browser.h"
#include "server/gate/limit.h"
#include "server/gate/session.h"
#include "server/gate/way.h"
#include "server/handlers.h"
#include "server/pages/authorize.h"
#include "server/pages/device.h"
#include "server/pages/page.h"
#include "server/pages/problem.h"
#include "server/reply.h"
#include "server/server.h"

#include <string.h>

enum {
	/* Of the state, in the name of the cookie: several tabs may be on their way. */
	MARK_SIZE = 8,
	DETOURS_MAX = 5,
	PENDING_TTL_S = DETOUR_TTL_S,
	LAST_TTL_S = 180 * 24 * 3600,
};

/* ---- cookies ---- */

static struct str
detour_prefix(const struct exchange *x)
{
	return x->server->https ? STR("__Host-authgate_way_") : STR("authgate_way_");
}

static const char *
pending_name(const struct exchange *x)
{
	return x->server->https ? "__Host-authgate_newcomer" : "authgate_newcomer";
}

static void
set_cookie(struct exchange *x, struct str name, struct str value, int64_t max_age_s)
{
	reply_header(x, "set-cookie",
		str_printf(x->cx.arena, "%.*s=%.*s; Path=/; Max-Age=%lld; HttpOnly; SameSite=Lax%s",
			STR_ARG(name), STR_ARG(value), (long long)max_age_s,
			x->server->https ? "; Secure" : ""));
}

static struct str
detour_name(struct exchange *x, struct str state)
{
	return str_printf(x->cx.arena, "%.*s%.*s", STR_ARG(detour_prefix(x)),
		STR_ARG(str_first(state, MARK_SIZE)));
}

/* A browser that begins again and again never comes to carry too much. */
static void
forget_detours(struct exchange *x)
{
	struct str names[DETOURS_MAX];
	size_t count = 0;

	for (size_t i = 0; i < x->request.header_count; i++) {
		struct str rest = x->request.headers[i].value;

		if (!str_is(x->request.headers[i].name, "cookie"))
			continue;
		while (rest.n && count < DETOURS_MAX) {
			struct str value = str_cut(&rest, ';');
			struct str name = str_trim(str_cut(&value, '='));

			if (str_starts(name, detour_prefix(x)))
				names[count++] = name;
		}
	}
	for (size_t i = 0; count == DETOURS_MAX && i < count; i++)
		set_cookie(x, names[i], STR_NONE, 0);
}

static enum err
keep_detour(struct exchange *x, struct detour *d)
{
	struct str sealed;
	enum err e = detour_seal(&x->cx, d, &sealed);

	/* A way that is too long to be carried is given up. */
	if (e == ERR_TOO_LONG) {
		d->next = STR("/");
		e = detour_seal(&x->cx, d, &sealed);
	}
	if (e)
		return e;
	forget_detours(x);
	set_cookie(x, detour_name(x, d->state), sealed, DETOUR_TTL_S);
	return OK;
}

/* ---- what people are told ---- */

void
provider_allow_forms(struct exchange *x)
{
	const struct config *c = x->cx.config;

	if (c->providers_count)
		reply_allow_form_action(x, STR("https:"));
	for (size_t i = 0; i < c->providers_count; i++)
		if (str_starts(c->providers[i].issuer, STR("http:")))
			reply_allow_form_action(
				x, redirect_origin(x->cx.arena, c->providers[i].issuer));
}

/* ---- what was used last ---- */

static const char *
last_name(const struct exchange *x)
{
	return x->server->https ? "__Host-authgate_last" : "authgate_last";
}

static void
remember_last(struct exchange *x, struct str provider)
{
	set_cookie(x, str_of(last_name(x)), provider, LAST_TTL_S);
}

void
provider_forget_last(struct exchange *x)
{
	if (request_cookie(&x->request, last_name(x)).n)
		set_cookie(x, str_of(last_name(x)), STR_NONE, 0);
}

/* Marks are ours: nobody else's signs. */
static struct provider_row
row_of(struct exchange *x, const struct config_provider *p, struct str next)
{
	return (struct provider_row){
		.name = p->name,
		.label = p->label,
		.next = next,
		.was_last = str_eq(request_cookie(&x->request, last_name(x)), p->name),
		.is_branch = str_is(p->type, "github"),
		.is_cup = str_is(p->type, "gitea"),
		.is_peaks = str_is(p->type, "gitlab"),
		.is_window = str_is(p->type, "microsoft"),
		.is_key = str_is(p->type, "oidc"),
	};
}

const struct provider_row *
provider_rows(struct exchange *x, struct str next, bool confirm, size_t *ret_count)
{
	const struct config *c = x->cx.config;
	struct provider_row *rows =
		arena_array(x->cx.arena, struct provider_row, CONFIG_PROVIDERS_MAX);

	for (size_t i = 0; i < c->providers_count; i++) {
		rows[i] = row_of(x, &c->providers[i], next);
		rows[i].confirm = confirm;
	}
	*ret_count = c->providers_count;
	return rows;
}

static struct str
page_for(struct exchange *x, const struct detour *d)
{
	if (!id_is_zero(d->link_user))
		return STR("/account/connections");
	if (!d->next.n || str_is(d->next, "/"))
		return STR("/login");
	return way_with(x, d->confirms ? STR("/login?confirm=1") : STR("/login"), "next", d->next);
}

/* Little for the stranger, everything for the operator: in the log and the trail. */
static enum err
refuse(struct exchange *x, struct signin *in, enum err why)
{
	struct signin_refusal *refusal = arena_new(x->cx.arena, struct signin_refusal);
	struct str detail = str_copy(x->cx.arena, str_of(in->call.why.text));
	enum err e;

	*refusal = (struct signin_refusal){
		.cx = &x->cx,
		.why = why,
		.target =
			str_printf(x->cx.arena, "provider:%.*s", STR_ARG(in->call.provider->name)),
		.provider = in->call.provider->name,
		.detail = detail,
	};
	log_warning("sign-in with another server failed",
		log_str("provider", in->call.provider->name), log_c("error", err_name(why)),
		log_str("why", detail), log_str("request_id", x->cx.request_id));
	if ((e = problem_see_other(x, page_for(x, &in->detour), why)))
		return e;
	return exchange_commit(x, signin_refusal_store, refusal);
}

/* Errors that are an answer to the person, on the page from which they came. */
static bool
is_refusal(enum err e)
{
	static const enum err refusals[] = {ERR_UPSTREAM, ERR_UPSTREAM_DENIED, ERR_NOT_A_MEMBER,
		ERR_NOT_REGISTERED, ERR_NOT_APPROVED, ERR_EMAIL_TAKEN, ERR_ACCOUNT_DISABLED};

	for (size_t i = 0; i < countof(refusals); i++)
		if (e == refusals[i])
			return true;
	return false;
}

static void
note_callback(struct exchange *x, const struct config_provider *with)
{
	size_t label = upstream_label(with->type);

	tally_either(x->cx.tally, METRIC_CALLBACKS,
		METRIC_SERIES(label, RESULT, LABEL_RESULT_SUCCESS),
		METRIC_SERIES(label, RESULT, LABEL_RESULT_ERROR));
}

/* ---- there ---- */

static const struct config_provider *
named_provider(struct exchange *x)
{
	return config_provider_find(x->cx.config, x->request.path_params[0]);
}

/* A sign-in begins with a form; whoever has the address only is shown that. */
enum err
http_auth_login_get(struct exchange *x)
{
	return way_to_login(x, form_get(&x->query, "next"));
}

/* Who is signed in comes here only to do it again. */
static bool
wants_fresh(struct exchange *x, const struct detour *d)
{
	if (!x->has_session)
		return authorize_wants_fresh(x, d->next);
	return d->confirms || authorize_wants_login(x, d->next) || device_wants_login(x, d->next);
}

enum err
http_auth_login_post(struct exchange *x)
{
	const struct config_provider *with = named_provider(x);
	struct signin *in = arena_new(x->cx.arena, struct signin);
	bool links = form_get(&x->form, "link").n != 0;
	enum err e;

	if (!with)
		return ERR_NOT_FOUND;
	if (links && !x->has_session)
		return ERR_LOGIN_REQUIRED;
	signin_init_with(in, &x->cx, x->server->upstreams, with);
	in->detour.next = way_safe(form_get(&x->form, "next"));
	if (links)
		in->detour.link_user = x->user.id;
	in->detour.confirms = !links && form_get(&x->form, "confirm").n != 0;
	in->detour.is_fresh = !links && wants_fresh(x, &in->detour);
	if ((e = in->provider->begin(in)))
		return is_refusal(e) ? refuse(x, in, e) : e;
	if ((e = keep_detour(x, &in->detour)))
		return e;
	return reply_redirect(x, in->go_to);
}

/* ---- back ---- */

static enum err
show_name(struct exchange *x, const struct signin *in, int status, enum err why)
{
	struct str typed = form_get(&x->form, "username");
	struct page_provider_name props = {
		.page = page_props(x),
		.label = in->call.provider->label,
		.username = typed.n ? typed : in->assertion.username,
		.error = why ? problem_text(x, why) : STR_NONE,
	};
	struct buf *html = page_begin(x);

	page_provider_name(html, &props);
	return page_reply(x, status, html);
}

static enum err
ask_for_name(struct exchange *x, struct signin *in)
{
	struct str sealed;
	enum err e =
		pending_seal(&x->cx, in->call.provider, in->detour.next, &in->assertion, &sealed);

	if (e)
		return e;
	set_cookie(x, str_of(pending_name(x)), sealed, PENDING_TTL_S);
	return reply_redirect(x, STR("/auth/name"));
}

static enum err
show_waiting(struct exchange *x, const struct signin *in)
{
	struct page_provider_waiting props = {
		.page = page_props(x),
		.label = in->call.provider->label,
		.username = in->user.username,
	};
	struct buf *html = page_begin(x);

	page_provider_waiting(html, &props);
	return page_reply(x, 200, html);
}

static enum err
let_in(struct exchange *x, struct signin *in)
{
	enum err e;

	tally_either(x->cx.tally, METRIC_LOGINS,
		METRIC_SERIES(LABEL_SOURCE_OTHER, RESULT, LABEL_RESULT_SUCCESS),
		METRIC_SERIES(LABEL_SOURCE_OTHER, RESULT, LABEL_RESULT_ERROR));
	tally_done(x->cx.tally, METRIC_SESSIONS_CREATED, 0);
	if (x->has_session)
		tally_done(x->cx.tally, METRIC_SESSIONS_ENDED, LABEL_ENDED_REPLACED);
	in->replaced = x->has_session ? &x->session : NULL;
	if ((e = session_start(x, in->user.id, &in->session)) ||
		(e = reply_redirect(x, way_safe(in->detour.next))))
		return e;
	known_browser_remember(x, &in->user);
	remember_last(x, in->call.provider->name);
	return exchange_commit(x, signin_store, in);
}

static enum err
go_on(struct exchange *x, struct signin *in)
{
	enum err e;

	switch (signin_next(in)) {
	case SIGNIN_WHO: return ERR_INTERNAL;
	case SIGNIN_NAME: return ask_for_name(x, in);
	case SIGNIN_APPROVAL:
		e = show_waiting(x, in);
		return e ? e : exchange_commit(x, signin_store, in);
	case SIGNIN_DONE: return let_in(x, in);
	}
	return ERR_INTERNAL;
}

/* Only in the browser, and for the person, who asked for it. */
static enum err
connect(struct exchange *x, struct signin *in)
{
	enum err e;

	if (!x->has_session || !id_eq(x->user.id, in->detour.link_user))
		return ERR_DETOUR_OVER;
	in->user = x->user;
	if ((e = reply_redirect(x, STR("/account/connections?done=connected"))))
		return e;
	return exchange_commit(x, signin_link_store, in);
}

/* Who comes back a second time, by the button of the browser, is signed in already. */
static enum err
come_too_late(struct exchange *x)
{
	if (x->has_session)
		return reply_redirect(x, STR("/"));
	return problem_see_other(x, STR("/login"), ERR_DETOUR_OVER);
}

enum err
http_auth_callback_get(struct exchange *x)
{
	const struct config_provider *with = named_provider(x);
	struct signin *in = arena_new(x->cx.arena, struct signin);
	struct str state = form_get(&x->query, "state");
	struct str name = detour_name(x, state);
	enum err e;

	if (!with)
		return ERR_NOT_FOUND;
	signin_init_with(in, &x->cx, x->server->upstreams, with);
	in->answer = &x->query;
	if (detour_open(&x->cx, request_cookie(&x->request, str_c(x->cx.arena, name)), state,
		    &in->detour) ||
		!str_eq(in->detour.provider, with->name))
		return come_too_late(x);
	note_callback(x, with);
	if ((e = signin_finish(in)))
		e = is_refusal(e) ? refuse(x, in, e) : e;
	else
		e = id_is_zero(in->detour.link_user) ? go_on(x, in) : connect(x, in);
	set_cookie(x, name, STR_NONE, 0);
	return e;
}

/* ---- a name for somebody new ---- */

static enum err
open_pending(struct exchange *x, struct signin *in)
{
	const struct config_provider *with;
	struct str provider, next;
	struct assertion assertion;

	if (pending_open(&x->cx, request_cookie(&x->request, pending_name(x)), &provider, &next,
		    &assertion) ||
		!(with = config_provider_find(x->cx.config, provider)))
		return ERR_DETOUR_OVER;
	signin_init_with(in, &x->cx, x->server->upstreams, with);
	in->assertion = assertion;
	in->detour.next = next;
	return OK;
}

enum err
http_auth_name_get(struct exchange *x)
{
	struct signin *in = arena_new(x->cx.arena, struct signin);

	if (open_pending(x, in))
		return come_too_late(x);
	return show_name(x, in, 200, OK);
}

/* The account is looked for again: it may have come into being since. */
enum err
http_auth_name_post(struct exchange *x)
{
	struct signin *in = arena_new(x->cx.arena, struct signin);
	enum err e;

	if (open_pending(x, in))
		return come_too_late(x);
	if ((e = signin_find_account(in)))
		return is_refusal(e) ? refuse(x, in, e) : e;
	if (in->ground == SIGNIN_AS_NEW) {
		e = signin_choose(in, form_get(&x->form, "username"));
		if (e == ERR_USERNAME_TAKEN || e == ERR_MALFORMED)
			return show_name(
				x, in, err_status(e), e == ERR_MALFORMED ? ERR_USERNAME_ODD : e);
		if (e)
			return e;
	}
	e = go_on(x, in);
	set_cookie(x, str_of(pending_name(x)), STR_NONE, 0);
	return e;
}

/* ---- connections of an account ---- */

static struct str
label_of(const struct exchange *x, struct str provider)
{
	const struct config_provider *p = config_provider_find(x->cx.config, provider);

	return p ? p->label : provider;
}

enum err
http_account_connections_get(struct exchange *x)
{
	struct identity *list = arena_array(x->cx.arena, struct identity, IDENTITIES_OF_USER_MAX);
	struct connection_row *rows =
		arena_array(x->cx.arena, struct connection_row, IDENTITIES_OF_USER_MAX);
	struct page_account_connections props = {.page = page_props(x), .done = account_done(x)};
	enum err why = problem_asked(x), e;
	struct buf *html = page_begin(x);

	if ((e = identity_of_user(
		     x->cx.store, x->cx.arena, x->user.id, list, &props.connections_count)))
		return e;
	for (size_t i = 0; i < props.connections_count; i++)
		rows[i] = (struct connection_row){
			.id = id_text(x->cx.arena, list[i].id),
			.label = label_of(x, list[i].provider),
			.username = list[i].username.n ? list[i].username : list[i].email,
			.since_ago = account_ago(x, list[i].linked_ms),
			.used_ago = account_ago(x, list[i].used_ms),
		};
	props.connections = rows;
	props.providers = provider_rows(x, STR_NONE, false, &props.providers_count);
	props.error = why ? problem_text(x, why) : STR_NONE;
	provider_allow_forms(x);
	page_account_connections(html, &props);
	return page_reply(x, 200, html);
}

enum err
http_account_connection_delete_post(struct exchange *x)
{
	struct signin_unlink *unlink = arena_new(x->cx.arena, struct signin_unlink);
	enum err e;

	*unlink = (struct signin_unlink){.cx = &x->cx, .user = &x->user};
	if (id_parse(x->request.path_params[0], &unlink->id))
		return ERR_NOT_FOUND;
	if ((e = reply_redirect(x, STR("/account/connections?done=disconnected"))))
		return e;
	return exchange_commit(x, signin_unlink_store, unlink);
}
