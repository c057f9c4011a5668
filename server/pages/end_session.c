/*
 * Signing out, by ourselves (/logout) and at a client's wish (/oauth/logout,
 * OpenID Connect RP-Initiated Logout).  A GET only asks: what ends the session
 * is our own form, or any picture on the web could.
 */
#include "lib/oauth/logout.h"
#include "lib/oauth/redirect.h"
#include "lib/signin/signout.h"
#include "server/engine/head.h"
#include "server/gate/session.h"
#include "server/gate/way.h"
#include "server/handlers.h"
#include "server/pages/leave.h"
#include "server/pages/page.h"
#include "server/pages/provider.h"
#include "server/reply.h"

/* The parameters travel through our form and are judged again when it comes. */
static const char *const carried[] = {
	"id_token_hint", "client_id", "post_logout_redirect_uri", "state", "ui_locales"};

enum err
http_logout_get(struct exchange *x)
{
	struct str next = way_safe(form_get(&x->query, "next"));
	struct page_logout props = {
		.page = page_props(x),
		.next = next,
		.back = {next},
	};
	struct buf *html = page_begin(x);

	provider_allow_forms(x);
	page_logout(html, &props);
	return page_reply(x, 200, html);
}

static enum err
end_session(struct exchange *x)
{
	struct sign_out *out = arena_new(x->cx.arena, struct sign_out);

	if (!x->has_session)
		return OK;
	*out = (struct sign_out){
		.cx = &x->cx,
		.session_id = x->session.id,
		.user_id = x->user.id,
		.username = x->user.username,
	};
	session_end(x);
	tally_done(x->cx.tally, METRIC_LOGOUTS, 0);
	tally_done(x->cx.tally, METRIC_SESSIONS_ENDED, LABEL_ENDED_LOGOUT);
	tally_observe(
		x->cx.tally, METRIC_SESSION_TIME, 0, (x->cx.now_ms - x->session.created_ms) * 1000);
	return exchange_commit(x, logout_store, out);
}

enum err
http_logout_post(struct exchange *x)
{
	struct str next = way_safe(form_get(&x->form, "next"));
	struct str there = STR_NONE;
	enum err e = x->has_session ? signout_address(&x->cx, x->session.id, &there) : OK;

	if (e)
		return e;
	if (there.n)
		e = reply_redirect(x, there);
	else
		e = str_is(next, "/") ? reply_redirect(x, STR("/login")) : way_to_login(x, next);
	return e ? e : end_session(x);
}

static enum err
show_question(struct exchange *x, const struct form *form, const struct logout_request *request)
{
	struct form_field *fields = arena_array(x->cx.arena, struct form_field, countof(carried));
	struct page_end_session props = {
		.page = page_props(x), .client_name = request->client_name, .fields = fields};
	struct buf *html = page_begin(x);

	for (size_t i = 0; i < countof(carried); i++) {
		struct str value = form_get(form, carried[i]);

		if (value.n)
			fields[props.fields_count++] =
				(struct form_field){str_of(carried[i]), value};
	}
	if (request->return_uri.n)
		reply_allow_form_action(x, redirect_origin(x->cx.arena, request->return_uri));
	page_end_session(html, &props);
	return page_reply(x, 200, html);
}

static enum err
finish(struct exchange *x, const struct logout_request *request)
{
	struct page_signed_out props = {.page = page_props(x)};
	struct buf *html;

	/* Anybody can write a link with the name of a client. */
	if (request->return_uri.n && !x->has_session && !request->is_proven)
		return leave_show(x, 200,
			&(struct leave){
				.client_name = request->client_name, .uri = request->return_uri});
	if (request->return_uri.n)
		return reply_redirect(x, request->return_uri);
	props.page.username = STR_NONE;
	html = page_begin(x);
	page_signed_out(html, &props);
	/* After a form the same is shown by GET, which can be reloaded. */
	return x->request.method == METHOD_POST ? page_see_other(x, STR("/oauth/logout"), html)
						: page_reply(x, 200, html);
}

static enum err
ask(struct exchange *x, const struct form *form)
{
	struct logout_request request;
	enum err e;

	language_asked_by_client(x, form_get(form, "ui_locales"));
	if ((e = logout_read(&x->cx, form, &request)))
		return e;
	/* Nobody is signed in: there is nothing to ask.  Nor if the application has the ID
	 * token of this very session, which no picture on the web has. */
	if (x->has_session && !str_eq(request.session, id_text(x->cx.arena, x->session.id)))
		return show_question(x, form, &request);
	e = finish(x, &request);
	return e ? e : end_session(x);
}

enum err
http_end_session_get(struct exchange *x)
{
	return ask(x, &x->query);
}

/* By POST from another site the browser keeps its session cookie back; without
 * the detour by GET we would say "signed out" to somebody who is not. */
enum err
http_end_session_post(struct exchange *x)
{
	struct buf location;

	if (x->has_session)
		return ask(x, &x->form);
	buf_init(&location, x->cx.arena, TARGET_MAX);
	buf_add_c(&location, "/oauth/logout?");
	for (size_t i = 0; i < countof(carried); i++) {
		struct str value = form_get(&x->form, carried[i]);

		if (value.n)
			form_add(&location, carried[i], value);
	}
	return buf_ok(&location) ? reply_redirect(x, buf_str(&location)) : ERR_URI_TOO_LONG;
}

enum err
http_end_session_confirm_post(struct exchange *x)
{
	struct logout_request request;
	enum err e;

	if ((e = logout_read(&x->cx, &x->form, &request)) || (e = finish(x, &request)))
		return e;
	return end_session(x);
}
