/* Signing in, and the page behind it. */
#include "lib/account/login_pace.h"
#include "lib/account/user.h"
#include "lib/base/clock.h"
#include "lib/base/log.h"
#include "lib/oauth/scope.h"
#include "lib/signin/http_api.h"
#include "lib/signin/signin.h"
#include "server/gate/known_browser.h"
#include "server/gate/limit.h"
#include "server/gate/session.h"
#include "server/gate/typed.h"
#include "server/gate/way.h"
#include "server/handlers.h"
#include "server/pages/account.h"
#include "server/pages/authorize.h"
#include "server/pages/device.h"
#include "server/pages/page.h"
#include "server/pages/problem.h"
#include "server/pages/provider.h"
#include "server/reply.h"
#include "server/server.h"

enum { NAME_SHOWN_MAX = 256 };

enum err
http_home_get(struct exchange *x)
{
	struct page_home props = {.page = page_props(x)};
	struct buf *html = page_begin(x);
	enum err e = account_new_devices(x, &props.devices, &props.devices_count);

	if (e)
		return e;
	page_home(html, &props);
	return page_reply(x, 200, html);
}

/* Where to go after signing in: as the form says, or the address, by the Go original's name
 * for it, too. */
static struct str
next_of(const struct exchange *x)
{
	if (x->request.method == METHOD_POST)
		return way_safe(form_get(&x->form, "next"));
	if (form_get(&x->query, "next").n)
		return way_safe(form_get(&x->query, "next"));
	return way_safe(form_get(&x->query, "redirect"));
}

/* Whoever wants to change what needs a sign-in of the last minutes is asked for one on the way. */
static bool
confirms(const struct exchange *x)
{
	const struct form *said = x->request.method == METHOD_POST ? &x->form : &x->query;
	int64_t age_ms = x->cx.now_ms - x->session.auth_ms;

	return x->has_session && str_is(form_get(said, "confirm"), "1") &&
	       age_ms > SCOPE_ADMIN_TTL_S * (int64_t)MS_PER_S;
}

/* What stands in the field: what was typed, else who is asked for, or signed in. */
static struct str
name_to_begin_with(struct exchange *x, const struct authorize_login *asked, enum err why)
{
	struct str typed = form_get(&x->form, "username");

	if (!typed.n && why)
		typed = typed_name(x);
	if (typed.n)
		return typed;
	if (asked->login_hint.n && str_is_printable(asked->login_hint))
		return str_first(asked->login_hint, NAME_SHOWN_MAX);
	return asked->same_person ? x->user.username : STR_NONE;
}

enum err
login_show(struct exchange *x, int status, enum err why)
{
	struct authorize_login asked;
	struct page_login props;
	struct buf *html = page_begin(x);

	authorize_prepare_login(x, next_of(x), &asked);
	asked.same_person |= confirms(x);
	props = (struct page_login){
		.page = page_props(x),
		.username = name_to_begin_with(x, &asked, why),
		.next = next_of(x),
		.client_name = asked.client_name,
		.for_device = str_starts(next_of(x), STR("/device")),
		.confirm = asked.same_person,
		.operates = confirms(x),
		.error = why ? problem_text(x, why) : STR_NONE,
	};
	props.providers = provider_rows(x, props.next, props.operates, &props.providers_count);
	provider_allow_forms(x);
	page_login(html, &props);
	return page_reply(x, status, html);
}

/* Who is signed in has no business here, unless a client wants them to sign in anew. */
enum err
http_login_get(struct exchange *x)
{
	struct str next = next_of(x);

	if (x->has_session && !authorize_wants_login(x, next) && !device_wants_login(x, next) &&
		!confirms(x))
		return reply_redirect(x, next);
	return login_show(x, 200, problem_asked(x));
}

/* What people are told on the form itself. */
static bool
is_refusal(enum err e)
{
	return e == ERR_BAD_CREDENTIALS || e == ERR_ACCOUNT_DISABLED || e == ERR_UPSTREAM ||
	       e == ERR_NOT_APPROVED || e == ERR_NAME_OF_ANOTHER;
}

/* The same page, status and text whoever the user is; what happened is in the
 * audit trail. */
static enum err
refuse(struct exchange *x, enum err why, const struct signin *in)
{
	struct signin_refusal *refusal = arena_new(x->cx.arena, struct signin_refusal);
	enum err e;

	*refusal = (struct signin_refusal){
		.cx = &x->cx, .why = why, .stale_verifier = in->stale_verifier};
	if (in->call.provider) {
		refusal->provider = in->call.provider->name;
		refusal->detail = str_copy(x->cx.arena, str_of(in->call.why.text));
		if (why == ERR_UPSTREAM)
			log_warning("password service failed", log_str("why", refusal->detail),
				log_str("request_id", x->cx.request_id));
	}
	if ((e = login_audit_target(&x->cx, in->username, &refusal->target)) ||
		(e = problem_show_form(x, why)))
		return e;
	return exchange_commit(x, signin_refusal_store, refusal);
}

static void
note_login(struct exchange *x)
{
	tally_either(x->cx.tally, METRIC_LOGINS,
		METRIC_SERIES(LABEL_SOURCE_LOCAL, RESULT, LABEL_RESULT_SUCCESS),
		METRIC_SERIES(LABEL_SOURCE_LOCAL, RESULT, LABEL_RESULT_ERROR));
	tally_done(x->cx.tally, METRIC_SESSIONS_CREATED, 0);
	if (x->has_session)
		tally_done(x->cx.tally, METRIC_SESSIONS_ENDED, LABEL_ENDED_REPLACED);
}

/* A password that was compared; whether it was good, the outcome tells. */
static void
note_attempt(struct exchange *x, int64_t started_us)
{
	tally_either(x->cx.tally, METRIC_AUTH_ATTEMPTS,
		METRIC_SERIES(LABEL_METHOD_LOCAL, RESULT, LABEL_RESULT_SUCCESS),
		METRIC_SERIES(LABEL_METHOD_LOCAL, RESULT, LABEL_RESULT_ERROR));
	metrics_observe_since(x->cx.metrics, METRIC_LOGIN_TIME, LABEL_METHOD_LOCAL, started_us);
}

/* The place of this attempt: the browser, if it knows that name, else the network. */
static struct login_pace
pace_of(struct exchange *x, struct str username)
{
	struct known_browser *browser = arena_new(x->cx.arena, struct known_browser);
	struct ipaddr *ip = arena_new(x->cx.arena, struct ipaddr);
	struct login_pace pace = {.limits = x->server->limits, .name = username};

	*ip = ipaddr_limit_key(x->request.ip);
	pace.is_known = known_browser_read(x, browser) && known_browser_knows(x, browser, username);
	if (pace.is_known)
		pace.place = (struct str){(const char *)browser->id.bytes, ID_SIZE};
	else
		pace.place = (struct str){(const char *)ip->bytes, ip->size};
	return pace;
}

/* Only wrong passwords are kept count of. */
static enum err
check_password(struct exchange *x, struct signin *in)
{
	int64_t started_us = metrics_now_us(x->cx.metrics);
	bool is_paced = x->cx.config->rate_limit_enabled;
	struct login_pace pace = pace_of(x, in->username);
	int64_t wait_ms = is_paced ? login_pace_take(x->cx.arena, &pace, x->cx.now_ms) : 0;
	enum err e;

	if (is_paced)
		limit_count(x, LIMIT_ACCOUNT, wait_ms);
	if (wait_ms)
		return reply_retry_after(x, wait_ms);
	e = signin_finish(in);
	note_attempt(x, started_us);
	if (is_paced && !(e && in->is_guess) && e != ERR_BAD_CREDENTIALS)
		login_pace_give_back(x->cx.arena, &pace);
	return e;
}

static enum err
choose_provider(struct exchange *x, struct signin *in)
{
	struct str username;
	bool is_elsewhere;
	enum err e;

	if ((e = login_name(&x->cx, form_get(&x->form, "username"), &username)) ||
		(e = http_api_is_asked(&x->cx, username, &is_elsewhere)))
		return e;
	if (is_elsewhere)
		signin_init_with(in, &x->cx, x->server->upstreams, http_api_provider(&x->cx));
	else
		signin_init(in, &x->cx, provider_find(STR("password")));
	in->call.insecure = x->cx.config->http_api_insecure;
	in->username = username;
	in->password = form_get(&x->form, "password");
	return OK;
}

enum err
http_login_post(struct exchange *x)
{
	struct signin *in = arena_new(x->cx.arena, struct signin);
	enum err e;

	if ((e = choose_provider(x, in)) || (e = context_needs(&x->cx, in->provider->needs)))
		return e;
	note_login(x);
	e = check_password(x, in);
	if (is_refusal(e))
		return refuse(x, e, in);
	if (e)
		return e;
	if (signin_next(in) != SIGNIN_DONE)
		return refuse(x, ERR_NAME_OF_ANOTHER, in);
	in->replaced = x->has_session ? &x->session : NULL;
	/* A new id, whatever cookie came: a planted session is never promoted. */
	if ((e = session_start(x, in->user.id, &in->session)) ||
		(e = reply_redirect(x, next_of(x))))
		return e;
	typed_forget(x);
	provider_forget_last(x);
	known_browser_remember(x, &in->user);
	return exchange_commit(x, signin_store, in);
}
