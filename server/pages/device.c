/*
 * The pages of RFC 8628 section 3.3, in three steps that cannot be skipped:
 * enter the code, see what asks, decide.  The session remembers which request
 * it was shown; the decision counts only for that one.
 */
#include "lib/oauth/device.h"
#include "lib/oauth/client_scope.h"
#include "lib/oauth/device_policy.h"
#include "lib/oauth/user_code.h"
#include "lib/store/disowned_network.h"
#include "server/gate/limit.h"
#include "server/gate/way.h"
#include "server/handlers.h"
#include "server/pages/agent.h"
#include "server/pages/device.h"
#include "server/pages/page.h"
#include "server/pages/problem.h"
#include "server/reply.h"
#include "server/server.h"

#define REVIEW_PATH "/device/review"
#define DONE_PATH   "/device/done"

/* A whole link may have been pasted; no code is longer than this. */
enum { SHOWN_MAX = 64 };

static enum err
show_code_form(struct exchange *x, int status, enum err why, struct page page, struct str typed)
{
	struct page_device props = {
		.page = page,
		.user_code = str_first(typed, SHOWN_MAX),
		.error = why ? problem_text(x, why) : STR_NONE,
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

	return show_code_form(x, status, why, page_props(x), typed);
}

enum err
device_show_blank(struct exchange *x, int status, enum err why)
{
	struct page page = page_props(x);

	page.here = STR("/device");
	return show_code_form(x, status, why, page, STR_NONE);
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
wrong_code(struct exchange *x)
{
	metrics_count(x->cx.metrics, METRIC_USER_CODES, LABEL_CODE_WRONG);
	return problem_show_form(x, ERR_WRONG_USER_CODE);
}

static enum err
too_many_codes(struct exchange *x, int64_t wait_ms)
{
	metrics_count(x->cx.metrics, METRIC_USER_CODES, LABEL_CODE_LIMITED);
	return reply_retry_after(x, wait_ms);
}

/* Whoever switches accounts here, or reloads too late, comes back by the code. */
static enum err
review_page(struct exchange *x, const struct device_code *code, const struct client *client,
	struct buf **ret)
{
	const struct device_policy policy = device_policy_of(x->cx.config, client);
	bool is_near = device_policy_is_near(&x->cx, code);
	struct page_device_review props = {
		.page = page_props(x),
		.user_code = user_code_shown(x->cx.arena, code->user_code),
		.client_name = client->name,
		.scopes = page_scopes(
			x, client_scope_shown(&x->cx, client, code->scope), &props.scopes_count),
		.resource = code->resource,
		.ip = code->ip,
		.user_agent = agent_words(x->cx.arena, code->user_agent),
		.asked_ago = page_duration(x, x->cx.now_ms - code->created_ms),
		.other_network = !str_eq(code->ip, x->cx.ip),
		.confirms_network = !is_near && policy.other_network == DEVICE_NETWORK_CONFIRM,
		.refuses_network = !is_near && policy.other_network == DEVICE_NETWORK_REFUSE,
	};
	struct buf *html = page_begin(x);
	enum err e = disowned_network_is_marked(
		x->cx.store, code->network, x->cx.now_ms, &props.disowned_network);

	if (e)
		return e;
	props.page.here = way_with(x, STR("/device"), "user_code", props.user_code);
	page_device_review(html, &props);
	*ret = html;
	return OK;
}

/* Where whoever has to sign in again comes back to. */
static struct str
way_back(struct exchange *x, const struct device_code *code)
{
	return way_with(
		x, STR("/device"), "user_code", user_code_shown(x->cx.arena, code->user_code));
}

static bool
is_stale(const struct exchange *x, const struct client *client)
{
	const struct device_policy policy = device_policy_of(x->cx.config, client);

	return device_policy_is_stale(&x->cx, &policy, x->session.auth_ms);
}

static struct buf *
result_page(
	struct exchange *x, enum device_fate fate, const struct client *client, struct str digits)
{
	struct page_device_result props = {
		.page = page_props(x),
		.approved = fate == DEVICE_APPROVED,
		.denied = fate == DEVICE_DENIED,
		.client_name = client->name,
		.digits = digits,
	};
	struct buf *html = page_begin(x);

	page_device_result(html, &props);
	return html;
}

/* What this session was shown last.  ERR_NO_ROW: nothing, or it has long expired. */
static enum err
find_shown(struct exchange *x, struct device_code *code, struct client *client)
{
	enum err e = device_code_by_id(x->cx.store, x->cx.arena, x->session.review_id, code);

	return e ? e : client_by_id(x->cx.store, x->cx.arena, code->client_id, client);
}

/* Only for the request that this session was shown: no other is looked up. */
bool
device_wants_login(struct exchange *x, struct str next)
{
	struct device_code code;
	struct client client;

	return str_starts(next, STR("/device?")) && !id_is_zero(x->session.review_id) &&
	       !find_shown(x, &code, &client) && is_stale(x, &client) &&
	       device_fate(&x->cx, &code, &client) == DEVICE_OPEN;
}

enum err
http_device_review_get(struct exchange *x)
{
	struct device_code code;
	struct client client;
	struct buf *html;
	enum err e = find_shown(x, &code, &client);

	if (e)
		return e == ERR_NO_ROW ? reply_redirect(x, STR("/device")) : e;
	if (device_fate(&x->cx, &code, &client) != DEVICE_OPEN)
		return reply_redirect(x, STR(DONE_PATH));
	e = review_page(x, &code, &client, &html);
	return e ? e : page_reply(x, 200, html);
}

/* While they are waited for. */
static struct str
digits_of(const struct device_code *code)
{
	return str_is(code->state, "approved") ? code->digits : STR_NONE;
}

enum err
http_device_done_get(struct exchange *x)
{
	struct device_code code;
	struct client client;
	enum device_fate fate;
	enum err e = find_shown(x, &code, &client);

	if (e)
		return e == ERR_NO_ROW ? reply_redirect(x, STR("/device")) : e;
	fate = device_fate(&x->cx, &code, &client);
	if (fate == DEVICE_OPEN)
		return reply_redirect(x, STR(REVIEW_PATH));
	if (fate != DEVICE_EXPIRED && !id_eq(code.user_id, x->user.id))
		return ERR_DECIDED;
	return page_reply(x, 200, result_page(x, fate, &client, digits_of(&code)));
}

static enum err
show_or_sign_in(struct exchange *x, const struct device_code *code, const struct client *client)
{
	struct buf *html;
	enum err e;

	if (is_stale(x, client))
		return way_to_login(x, way_back(x, code));
	e = review_page(x, code, client, &html);
	return e ? e : page_see_other(x, STR(REVIEW_PATH), html);
}

enum err
http_device_verify_post(struct exchange *x)
{
	struct device_search search = search_of(x);
	struct device_review *review = arena_new(x->cx.arena, struct device_review);
	struct device_code code;
	struct client client;
	enum err e;

	e = device_find(&x->cx, &search, &code, &client);
	if (e == ERR_TOO_MANY_REQUESTS)
		return too_many_codes(x, search.wait_ms);
	if (e == ERR_NO_ROW)
		return wrong_code(x);
	if (e)
		return e;
	if ((e = show_or_sign_in(x, &code, &client)))
		return e;
	tally_done(x->cx.tally, METRIC_USER_CODES, LABEL_CODE_KNOWN);
	*review = (struct device_review){.session_id = x->session.id, .code_id = code.id};
	return exchange_commit(x, device_store_review, review);
}

static enum err
read_action(struct exchange *x, bool *ret_approve)
{
	struct str action = form_get(&x->form, "action");

	if (!str_is(action, "approve") && !str_is(action, "deny"))
		return ERR_NO_CHOICE;
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

/* RFC 10027: what proximity says before it is approved. */
static enum err
judge_network(struct exchange *x, const struct device_code *code, const struct client *client)
{
	enum device_network rule = device_policy_of(x->cx.config, client).other_network;

	if (rule == DEVICE_NETWORK_WARN || device_policy_is_near(&x->cx, code))
		return OK;
	if (rule == DEVICE_NETWORK_REFUSE)
		return ERR_OTHER_NETWORK;
	return str_is(form_get(&x->form, "other_network"), "yes") ? OK : ERR_NOT_CONFIRMED;
}

/* One answer to every code but that of this browser's review, so that nobody
 * learns here which codes there are. */
static enum err
not_reviewed(struct exchange *x)
{
	metrics_count(x->cx.metrics, METRIC_USER_CODES, LABEL_CODE_WRONG);
	return ERR_NOT_REVIEWED;
}

static enum err
decide(struct exchange *x, struct device_decision *d, const struct client *client)
{
	enum device_fate fate = d->approve ? DEVICE_APPROVED : DEVICE_DENIED;
	enum err e;

	d->cx = &x->cx;
	d->session = x->session;
	d->user = x->user;
	if (d->approve && d->code.typed_back && (e = device_digits_new(x->cx.arena, &d->digits)))
		return e;
	if ((e = page_see_other(x, STR(DONE_PATH), result_page(x, fate, client, d->digits))))
		return e;
	note_decision(x, d);
	return exchange_commit(x, device_decide, d);
}

enum err
http_device_decide_post(struct exchange *x)
{
	struct device_decision *d = arena_new(x->cx.arena, struct device_decision);
	struct device_search search = search_of(x);
	struct client client;
	enum err e;

	if ((e = read_action(x, &d->approve)))
		return e;
	e = device_reviewed(&x->cx, &search, x->session.review_id, &d->code, &client);
	if (e)
		return e == ERR_NO_ROW ? not_reviewed(x) : e;
	limit_give_back(x);
	if (device_fate(&x->cx, &d->code, &client) == DEVICE_EXPIRED)
		return page_see_other(
			x, STR(DONE_PATH), result_page(x, DEVICE_EXPIRED, &client, STR_NONE));
	if (d->approve && is_stale(x, &client))
		return way_to_login(x, way_back(x, &d->code));
	if (d->approve && (e = judge_network(x, &d->code, &client)))
		return e;
	return decide(x, d, &client);
}
