/*
 * The authorization endpoint.  What the rules decide (lib/oauth/authorize.h) is
 * turned into redirects and pages here.
 *
 * A request that needs its user is put aside as a row, and the browser goes
 * round: /oauth/authorize -> /login -> /oauth/authorize/continue -> consent ->
 * /oauth/authorize/decide -> the client.
 */
#include "server/pages/authorize.h"

#include "lib/base/base64.h"
#include "lib/oauth/authorize.h"
#include "lib/oauth/client_scope.h"
#include "lib/oauth/redirect.h"
#include "server/gate/browser.h"
#include "server/gate/way.h"
#include "server/handlers.h"
#include "server/keep/room.h"
#include "server/pages/leave.h"
#include "server/pages/page.h"
#include "server/pages/static.h"
#include "server/reply.h"
#include "server/server.h"

enum { BY_GET_MAX = 4096 };

static const struct str waiting_path = STR_INIT("/oauth/authorize/continue?id=");

static const struct session *
session_of(const struct exchange *x)
{
	return x->has_session ? &x->session : NULL;
}

/* ---- answers to the client ---- */

static enum err
reply_form_post(struct exchange *x, const struct authorize *a, const struct answer *answer)
{
	struct page_form_post props = {
		.page = page_props(x),
		.action = {a->redirect_uri},
		.client_name = a->client.name,
		.fields = answer->fields,
		.fields_count = answer->count,
	};
	struct buf *html = page_begin(x);

	reply_allow_form_action(x, redirect_origin(x->cx.arena, a->redirect_uri));
	reply_allow_script(x, static_text("form_post.js"));
	page_form_post(html, &props);
	return page_reply(x, 200, html);
}

/* The error is for the client, and the person decides whether to go there. */
static enum err
show_refusal(struct exchange *x, const struct authorize *a)
{
	struct answer answer;
	struct leave leave = {
		.client_name = a->client.name,
		.problem = a->problem.n ? a->problem : str_of(err_sentence(a->error)),
		.uri = a->redirect_uri,
		.by_post = a->form_post,
		.fields = answer.fields,
	};

	authorize_answer(&x->cx, a, STR_NONE, &answer);
	leave.count = answer.count;
	x->reply.error = a->error;
	return leave_show(x, 400, &leave);
}

static enum err
reply_answer(struct exchange *x, const struct authorize *a, struct str code)
{
	struct answer answer;
	struct str uri;
	enum err e;

	authorize_answer(&x->cx, a, code, &answer);
	if (a->form_post)
		return reply_form_post(x, a, &answer);
	if ((e = authorize_answer_uri(x->cx.arena, a, &answer, &uri)))
		return e;
	return reply_redirect(x, uri);
}

static enum err
reply_refusal(struct exchange *x, const struct authorize *a)
{
	bool may_redirect;
	enum err e = authorize_may_redirect(&x->cx, a, session_of(x), &may_redirect);

	if (e)
		return e;
	return may_redirect ? reply_answer(x, a, STR_NONE) : show_refusal(x, a);
}

/* ---- the steps ---- */

static enum err
issue_code(struct exchange *x, const struct authorize *a, struct id request_id, bool remember)
{
	struct authorize_decision *d = arena_new(x->cx.arena, struct authorize_decision);
	struct str code;
	enum err e;

	if ((e = authorize_issue(&x->cx, a, &x->session, &x->user, d, &code)))
		return e;
	d->request_id = request_id;
	d->remember = remember;
	if ((e = reply_answer(x, a, code)))
		return e;
	return exchange_commit(x, authorize_store_decision, d);
}

static struct str
continue_uri(struct exchange *x, struct id request_id)
{
	return str_printf(x->cx.arena, "%.*s%.*s", STR_ARG(waiting_path),
		STR_ARG(id_text(x->cx.arena, request_id)));
}

static enum err
send_to_login(struct exchange *x, struct id request_id)
{
	return way_to_login(x, continue_uri(x, request_id));
}

/* What a person is asked to allow, as one word of the form: if it has changed by the
 * time of the decision, because somebody edited the client, it is shown again. */
static struct str
what_is_shown(struct exchange *x, const struct authorize *a)
{
	struct digest digest = sha256(str_printf(x->cx.arena, "%.*s\n%.*s\n%.*s\n%.*s",
		STR_ARG(a->client.name), STR_ARG(client_scope_shown(&x->cx, &a->client, a->scope)),
		STR_ARG(a->resource), STR_ARG(redirect_origin(x->cx.arena, a->redirect_uri))));

	return base64url(x->cx.arena, digest.bytes, sizeof digest.bytes);
}

/* An application that listens on the person's own computer, RFC 8252 section 7.3. */
static bool
is_on_this_computer(struct str redirect_uri)
{
	static const struct str hosts[] = {STR_INIT("http://127.0.0.1"), STR_INIT("http://[::1]"),
		STR_INIT("http://localhost")};

	for (size_t i = 0; i < countof(hosts); i++) {
		struct str rest = str_from(redirect_uri, hosts[i].n);

		if (str_starts(redirect_uri, hosts[i]) &&
			(!rest.n || rest.p[0] == ':' || rest.p[0] == '/'))
			return true;
	}
	return false;
}

/* "com.example.app", without the colon of its scheme. */
static struct str
origin_for_people(struct str origin)
{
	return origin.n && origin.p[origin.n - 1] == ':' ? str_first(origin, origin.n - 1) : origin;
}

static enum err
show_consent(struct exchange *x, const struct authorize *a, struct id request_id)
{
	struct page_consent props = {
		.page = page_props(x),
		.request_id = id_text(x->cx.arena, request_id),
		.client_name = a->client.name,
		.redirect_origin = origin_for_people(redirect_origin(x->cx.arena, a->redirect_uri)),
		.is_local = is_on_this_computer(a->redirect_uri),
		.shown = what_is_shown(x, a),
		.resource = a->resource,
		.scopes = page_scopes(
			x, client_scope_shown(&x->cx, &a->client, a->scope), &props.scopes_count),
	};
	struct buf *html = page_begin(x);

	/* Chromium applies form-action to the redirects that follow a form. */
	reply_allow_form_action(x, redirect_origin(x->cx.arena, a->redirect_uri));
	page_consent(html, &props);
	return page_reply(x, 200, html);
}

static enum err
look_up(struct exchange *x, struct str id, struct authorize_request *row, struct authorize *a)
{
	enum err e = authorize_resume(&x->cx, id, browser_mark(x), row, a);

	if (!e)
		language_asked_by_client(x, a->ui_locales);
	return e;
}

static enum err
read_waiting(
	struct exchange *x, struct str next, struct authorize_request *row, struct authorize *a)
{
	if (!str_starts(next, waiting_path))
		return ERR_NO_ROW;
	return look_up(x, str_from(next, waiting_path.n), row, a);
}

bool
authorize_wants_login(struct exchange *x, struct str next)
{
	struct authorize_request row;
	enum authorize_step step;
	struct authorize a;

	return !read_waiting(x, next, &row, &a) && !row.decision.n &&
	       !authorize_next(&x->cx, &a, session_of(x), &x->user, row.login_after_ms, &step) &&
	       step == STEP_LOGIN;
}

bool
authorize_wants_fresh(struct exchange *x, struct str next)
{
	struct authorize_request row;
	struct authorize a;

	return !read_waiting(x, next, &row, &a) && !row.decision.n &&
	       row.login_after_ms >= row.created_ms;
}

/* Not if another account is asked for, by name or in general. */
static bool
is_same_person(struct exchange *x, const struct authorize *a)
{
	if (!x->has_session || a->prompt & PROMPT_SELECT_ACCOUNT || a->login_hint.n)
		return false;
	return !a->hinted_subject.n || str_eq(a->hinted_subject, id_text(x->cx.arena, x->user.id));
}

void
authorize_prepare_login(struct exchange *x, struct str next, struct authorize_login *ret)
{
	struct authorize_request row;
	struct authorize a;

	*ret = (struct authorize_login){0};
	if (read_waiting(x, next, &row, &a))
		return;
	ret->client_name = a.client.name;
	ret->login_hint = a.login_hint;
	ret->same_person = is_same_person(x, &a);
	reply_allow_form_action(x, redirect_origin(x->cx.arena, a.redirect_uri));
}

static enum err
put_aside(struct exchange *x, const struct authorize *a, const struct form *params, bool login)
{
	struct authorize_waiting *waiting = arena_new(x->cx.arena, struct authorize_waiting);
	enum err e;

	if ((e = authorize_wait(&x->cx, a, params, browser_mark(x), waiting)) ||
		(e = room_take(x->server, ROOM_WAITING)))
		return e;
	e = login ? send_to_login(x, waiting->row.id)
		  : reply_redirect(x, continue_uri(x, waiting->row.id));
	return e ? e : exchange_commit(x, authorize_store_waiting, waiting);
}

/* A request that arrives: answered at once, or put aside. */
static enum err
begin(struct exchange *x, struct authorize *a, const struct form *params)
{
	enum authorize_step step;
	enum err e;

	e = authorize_next(
		&x->cx, a, session_of(x), &x->user, authorize_login_after(&x->cx, a), &step);
	if (e)
		return e;
	if (step == STEP_ANSWER_ERROR)
		return reply_refusal(x, a);
	if (step == STEP_ISSUE)
		return issue_code(x, a, (struct id){{0}}, false);
	return put_aside(x, a, params, step == STEP_LOGIN);
}

enum err
http_authorize_get(struct exchange *x)
{
	struct authorize a;
	enum err e;

	language_asked_by_client(x, form_get(&x->query, "ui_locales"));
	e = authorize_read(&x->cx, &x->query, &a);
	return e ? e : begin(x, &a, &x->query);
}

static struct str
same_by_get(struct exchange *x)
{
	struct buf uri;

	buf_init(&uri, x->cx.arena, BY_GET_MAX);
	buf_add_c(&uri, "/oauth/authorize?");
	for (size_t i = 0; i < x->form.count; i++)
		form_add(&uri, str_c(x->cx.arena, x->form.fields[i].name), x->form.fields[i].value);
	return buf_ok(&uri) ? buf_str(&uri) : STR_NONE;
}

/* OpenID Connect Core section 3.1.2.1: the same by POST.  It comes from another
 * site, so the browser keeps its cookies back, and would take new ones in their
 * place: it is sent here again by GET, which brings them along.  What is too long
 * for that waits for a browser without cookies. */
enum err
http_authorize_post(struct exchange *x)
{
	struct authorize a;
	struct str again;
	enum err e;

	language_asked_by_client(x, form_get(&x->form, "ui_locales"));
	if ((e = authorize_read(&x->cx, &x->form, &a)))
		return e;
	if (x->has_session || a.error)
		return begin(x, &a, &x->form);
	again = same_by_get(x);
	return again.n ? reply_redirect(x, again) : put_aside(x, &a, &x->form, false);
}

static enum err
resume(struct exchange *x, struct str id, struct authorize_request *row, struct authorize *a)
{
	enum err e = look_up(x, id, row, a);

	return e == ERR_NO_ROW ? ERR_AUTHORIZE_GONE : e;
}

/* Only an application on the web has a page to go back to. */
static struct proven_uri
page_of_client(struct exchange *x, const struct authorize *a)
{
	struct str origin = redirect_origin(x->cx.arena, a->redirect_uri);

	if (!str_starts(origin, STR("https://")))
		return (struct proven_uri){STR_NONE};
	return (struct proven_uri){origin};
}

static enum err
show_done(struct exchange *x, const struct authorize *a, bool approved)
{
	struct page_authorize_done props = {
		.page = page_props(x),
		.approved = approved,
		.client_name = a->client.name,
		.client_page = page_of_client(x, a),
	};
	struct buf *html = page_begin(x);

	page_authorize_done(html, &props);
	return page_reply(x, 200, html);
}

/* Whether somebody has used the code that was issued for this request.  One that is
 * not found was replaced this moment, by another click, or has long expired: what
 * stores the decision finds out. */
static enum err
is_code_used(struct exchange *x, const struct authorize_request *row, bool *ret)
{
	struct auth_code code;
	enum err e = auth_code_by_id(x->cx.store, x->cx.arena, row->code_id, &code);

	*ret = !e && !str_is(code.state, "issued");
	return e == ERR_NO_ROW ? OK : e;
}

/* The same decision may be made again as long as nothing has come of it: the answer
 * to the first may never have arrived. */
static enum err
may_repeat(struct exchange *x, const struct authorize_request *row, bool approve, bool *ret)
{
	bool used = false;
	enum err e = approve ? is_code_used(x, row, &used) : OK;

	*ret = !used && authorize_is_same_decision(row, approve, session_of(x));
	return e;
}

/* Somebody who went back, or reloads. */
static enum err
look_at_decided(struct exchange *x, const struct authorize_request *row, struct authorize *a)
{
	bool approved = str_is(row->decision, "approved");
	enum authorize_step step;
	bool repeat;
	enum err e;

	if ((e = may_repeat(x, row, true, &repeat)) ||
		(e = authorize_next(
			 &x->cx, a, session_of(x), &x->user, row->login_after_ms, &step)))
		return e;
	if (repeat && step == STEP_ISSUE)
		return issue_code(x, a, row->id, false);
	return show_done(x, a, approved);
}

enum err
http_authorize_continue_get(struct exchange *x)
{
	struct authorize_request row;
	enum authorize_step step;
	struct authorize a;
	enum err e;

	if ((e = resume(x, form_get(&x->query, "id"), &row, &a)))
		return e;
	if (row.decision.n)
		return look_at_decided(x, &row, &a);
	e = authorize_next(&x->cx, &a, session_of(x), &x->user, row.login_after_ms, &step);
	if (e)
		return e;
	if (step == STEP_LOGIN)
		return send_to_login(x, row.id);
	if (step == STEP_CONSENT)
		return show_consent(x, &a, row.id);
	if (step == STEP_ISSUE)
		return issue_code(x, &a, row.id, false);
	return reply_refusal(x, &a);
}

static enum err
deny(struct exchange *x, struct authorize *a, struct id request_id)
{
	struct authorize_decision *d = arena_new(x->cx.arena, struct authorize_decision);
	enum err e;

	*d = (struct authorize_decision){.cx = &x->cx,
		.session_id = x->session.id,
		.request_id = request_id,
		.client = a->client,
		.user = x->user};
	a->error = ERR_ACCESS_DENIED;
	if ((e = reply_answer(x, a, STR_NONE)))
		return e;
	return exchange_commit(x, authorize_store_decision, d);
}

static enum err
decide(struct exchange *x, struct authorize_request *row, struct authorize *a, bool approve)
{
	enum authorize_step step;
	enum err e;

	e = authorize_next(&x->cx, a, session_of(x), &x->user, row->login_after_ms, &step);
	if (e)
		return e;
	if (step == STEP_LOGIN)
		return send_to_login(x, row->id);
	if (step == STEP_ANSWER_ERROR)
		return reply_refusal(x, a);
	if (!approve)
		return deny(x, a, row->id);
	if (!str_eq(form_get(&x->form, "shown"), what_is_shown(x, a)))
		return reply_redirect(x, continue_uri(x, row->id));
	return issue_code(x, a, row->id, true);
}

/* The request is read anew; nothing of the form but its id, the button and the word
 * for what was shown counts. */
enum err
http_authorize_decide_post(struct exchange *x)
{
	struct str action = form_get(&x->form, "action");
	bool approve = str_is(action, "approve");
	struct authorize_request row;
	struct authorize a;
	bool repeat = true;
	enum err e;

	if (!approve && !str_is(action, "deny"))
		return ERR_NO_CHOICE;
	if ((e = resume(x, form_get(&x->form, "id"), &row, &a)))
		return e;
	if (row.decision.n && (e = may_repeat(x, &row, approve, &repeat)))
		return e;
	if (!repeat)
		return reply_redirect(x, continue_uri(x, row.id));
	return decide(x, &row, &a, approve);
}
