/*
 * The pages of RFC 8628 section 3.3, in three steps that cannot be skipped:
 * enter the code, see what asks, decide.  The session remembers which request
 * it was shown; the decision counts only for that one.
 */
#include "lib/oauth/device.h"
#include "lib/base/duration.h"
#include "lib/oauth/client_scope.h"
#include "lib/oauth/scope.h"
#include "lib/oauth/user_code.h"
#include "server/gate/limit.h"
#include "server/handlers.h"
#include "server/pages/page.h"
#include "server/pages/problem.h"
#include "server/reply.h"
#include "server/server.h"

struct review {
	struct id session_id;
	struct id code_id;
};

static enum err
show_entry(struct exchange *x, int status, struct str user_code, struct str error)
{
	struct page_device props = {
		.page = page_props(x),
		.user_code = user_code,
		.error = error,
	};
	struct buf *html = page_begin(x);

	page_device(html, &props);
	return page_reply(x, status, html);
}

enum err
device_show(struct exchange *x, int status, enum err why)
{
	bool posted = x->request.method == METHOD_POST;
	struct str typed = form_get(posted ? &x->form : &x->query, "user_code");

	return show_entry(x, status, str_first(typed, 64), why ? problem_text(x, why) : STR_NONE);
}

/* The link may carry the code; it only fills the field, and looks nothing up. */
enum err
http_device_get(struct exchange *x)
{
	return device_show(x, 200, problem_asked(x));
}

static struct device_search
search_of(struct exchange *x)
{
	return (struct device_search){
		.user_code = form_get(&x->form, "user_code"),
		.pace = {.limits = x->server->limits, .user = x->user.id, .ip = x->request.ip},
	};
}

/* One text whether the code is unknown, expired or used: a guess learns nothing. */
static enum err
wrong_code(struct exchange *x, struct str typed)
{
	enum err e =
		show_entry(x, 400, str_first(typed, 64), str_of(err_sentence(ERR_WRONG_USER_CODE)));

	metrics_count(x->cx.metrics, METRIC_USER_CODES, LABEL_CODE_WRONG);
	x->reply.error = ERR_WRONG_USER_CODE;
	return e;
}

static enum err
too_many_codes(struct exchange *x, int64_t wait_ms)
{
	metrics_count(x->cx.metrics, METRIC_USER_CODES, LABEL_CODE_LIMITED);
	return reply_retry_after(x, wait_ms);
}

static enum err
show_review(struct exchange *x, const struct device_code *code, const struct client *client)
{
	struct page_device_review props = {
		.page = page_props(x),
		.user_code = user_code_shown(x->cx.arena, code->user_code),
		.client_name = client->name,
		.scopes = page_scopes(
			x, client_scope_shown(&x->cx, client, code->scope), &props.scopes_count),
		.ip = code->ip,
		.user_agent = code->user_agent,
		.asked_ago = duration_words(x->cx.arena, x->cx.now_ms - code->created_ms),
		.other_network = !str_eq(code->ip, x->cx.ip),
	};
	struct buf *html = page_begin(x);

	page_device_review(html, &props);
	return page_reply(x, 200, html);
}

static enum err
store_review(struct store *s, void *arg)
{
	const struct review *review = arg;

	return session_set_review(s, review->session_id, review->code_id);
}

enum err
http_device_verify_post(struct exchange *x)
{
	struct device_search search = search_of(x);
	struct review *review = arena_new(x->cx.arena, struct review);
	struct device_code code;
	struct client client;
	enum err e;

	e = device_find(&x->cx, &search, &code, &client);
	if (e == ERR_TOO_MANY_REQUESTS)
		return too_many_codes(x, search.wait_ms);
	if (e == ERR_NO_ROW)
		return wrong_code(x, search.user_code);
	if (e)
		return e;
	if ((e = show_review(x, &code, &client)))
		return e;
	tally_done(x->cx.tally, METRIC_USER_CODES, LABEL_CODE_KNOWN);
	*review = (struct review){.session_id = x->session.id, .code_id = code.id};
	return exchange_commit(x, store_review, review);
}

static enum err
read_action(struct exchange *x, bool *ret_approve)
{
	struct str action = form_get(&x->form, "action");

	if (!str_is(action, "approve") && !str_is(action, "deny"))
		return exchange_problem(x, ERR_INVALID_REQUEST, "Choose to approve or to deny.");
	*ret_approve = str_is(action, "approve");
	return OK;
}

static void
note_decision(struct exchange *x, const struct device_decision *d)
{
	int64_t waited_us = (x->cx.now_ms - d->code.created_ms) * 1000;

	if (!d->approve)
		return;
	tally_done(x->cx.tally, METRIC_DEVICE_AUTHORIZED, 0);
	tally_observe(x->cx.tally, METRIC_AUTHORIZATION_TIME, 0, waited_us);
}

static enum err
store_decision(struct store *s, void *arg)
{
	enum err e = device_decide(s, arg);

	return e == ERR_NO_ROW ? ERR_NOT_REVIEWED : e;
}

/* One answer to every code but that of this browser's review, so that nobody
 * learns here which codes there are. */
static enum err
not_reviewed(struct exchange *x)
{
	metrics_count(x->cx.metrics, METRIC_USER_CODES, LABEL_CODE_WRONG);
	return ERR_NOT_REVIEWED;
}

enum err
http_device_decide_post(struct exchange *x)
{
	struct device_decision *d = arena_new(x->cx.arena, struct device_decision);
	struct device_search search = search_of(x);
	struct page_device_result props = {.page = page_props(x)};
	struct buf *html = page_begin(x);
	struct client client;
	enum err e;

	if ((e = read_action(x, &d->approve)))
		return e;
	e = device_reviewed(&x->cx, &search, x->session.review_id, &d->code, &client);
	if (e)
		return e == ERR_NO_ROW ? not_reviewed(x) : e;
	limit_give_back(x);
	d->cx = &x->cx;
	d->session_id = x->session.id;
	d->auth_ms = x->session.created_ms;
	d->user = x->user;
	props.approved = d->approve;
	props.client_name = client.name;
	page_device_result(html, &props);
	if ((e = page_reply(x, 200, html)))
		return e;
	note_decision(x, d);
	return exchange_commit(x, store_decision, d);
}
