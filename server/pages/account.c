/* The user's own account: who they are, and their password. */
#include "server/pages/account.h"

#include "lib/account/password_change.h"
#include "lib/base/clock.h"
#include "server/gate/known_browser.h"
#include "server/gate/session.h"
#include "server/handlers.h"
#include "server/pages/page.h"
#include "server/pages/problem.h"
#include "server/reply.h"
#include "server/server.h"

/* Whoever finds a browser signed in may guess so often. */
static const struct limit_rule wrong_passwords = {.period_ms = 60 * 1000, .burst = 5};

static const struct {
	const char *code;
	enum say say;
} outcomes[] = {
	{"password", SAY_PASSWORD_CHANGED},
	{"revoked", SAY_ACCESS_REVOKED},
	{"disowned", SAY_DISOWNED},
	{"disabled", SAY_ACCESS_PAUSED},
	{"enabled", SAY_ACCESS_RESTORED},
	{"all", SAY_ALL_SIGNED_OUT},
	{"already", SAY_ALREADY_DONE},
	{"connected", SAY_CONNECTED},
	{"disconnected", SAY_DISCONNECTED},
};

struct str
account_done(struct exchange *x)
{
	struct str code = form_get(&x->query, "done");

	for (size_t i = 0; i < countof(outcomes); i++)
		if (str_is(code, outcomes[i].code))
			return page_say(language_of(x), outcomes[i].say);
	return STR_NONE;
}

enum err
account_query_id(const struct exchange *x, const char *name, struct id otherwise, struct id *ret)
{
	struct str text = form_get(&x->query, name);

	*ret = otherwise;
	if (text.n && id_parse(text, ret))
		return ERR_NOT_FOUND;
	return OK;
}

struct str
account_at(struct exchange *x, int64_t ms)
{
	char text[21];

	clock_format_utc(ms, text);
	return str_copy(x->cx.arena, str_of(text));
}

struct str
account_ago(struct exchange *x, int64_t ms)
{
	return page_duration(x, x->cx.now_ms - ms);
}

static enum err
take_back(struct exchange *x, struct id id, store_change *change, struct str location)
{
	struct access_change *c = arena_new(x->cx.arena, struct access_change);
	enum err e;

	*c = (struct access_change){
		.cx = &x->cx,
		.user = &x->user,
		.session_id = x->session.id,
		.id = id,
	};
	if ((e = reply_redirect(x, location)))
		return e;
	return exchange_commit(x, change, c);
}

enum err
account_take(struct exchange *x, store_change *change, struct str location)
{
	struct id id;

	if (id_parse(x->request.path_params[0], &id))
		return ERR_NOT_FOUND;
	return take_back(x, id, change, location);
}

enum err
account_take_all(struct exchange *x, store_change *change, struct str location)
{
	return take_back(x, (struct id){{0}}, change, location);
}

static bool
is_about_new(enum err e)
{
	return e == ERR_PASSWORD_SHORT || e == ERR_PASSWORD_LONG || e == ERR_PASSWORD_SAME ||
	       e == ERR_PASSWORD_IS_NAME;
}

enum err
account_show(struct exchange *x, int status, enum err why)
{
	struct page_account props = {
		.page = page_props(x),
		.full_name = x->user.full_name,
		.email = x->user.email,
		.is_email_verified = x->user.email_verified == EMAIL_VERIFIED,
		.since_ago = account_ago(x, x->user.created_ms),
		.since_at = account_at(x, x->user.created_ms),
		.has_password = x->user.password_hash.n != 0,
		.done = why ? STR_NONE : account_done(x),
		.error = why ? problem_text(x, why) : STR_NONE,
		.current_is_wrong = why == ERR_PASSWORD_WRONG,
		.new_is_wrong = is_about_new(why),
		.again_is_wrong = why == ERR_PASSWORDS_DIFFER,
	};
	struct buf *html = page_begin(x);

	page_account(html, &props);
	return page_reply(x, status, html);
}

enum err
http_account_get(struct exchange *x)
{
	return account_show(x, 200, problem_asked(x));
}

/* What password managers ask for; see "A Well-Known URL for Changing Passwords". */
enum err
http_change_password_get(struct exchange *x)
{
	return reply_redirect(x, STR("/account"));
}

static int64_t
pace(struct exchange *x)
{
	struct str user = {(const char *)x->user.id.bytes, ID_SIZE};

	return limiter_take(
		x->server->limits, LIMITER_WRONG_PASSWORD, user, wrong_passwords, x->cx.now_ms);
}

static void
unpace(struct exchange *x)
{
	struct str user = {(const char *)x->user.id.bytes, ID_SIZE};

	limiter_give_back(x->server->limits, LIMITER_WRONG_PASSWORD, user, wrong_passwords);
}

static enum err
refuse(struct exchange *x, struct password_change *c, enum err why)
{
	enum err e;

	if (why != ERR_BAD_CREDENTIALS)
		return err_status(why) == 400 ? problem_show_form(x, why) : why;
	if ((e = problem_show_form(x, ERR_PASSWORD_WRONG)))
		return e;
	return exchange_commit(x, password_change_refused, c);
}

static void
count_attempt(struct exchange *x, enum err e)
{
	size_t result = e ? LABEL_RESULT_ERROR : LABEL_RESULT_SUCCESS;

	if (!e || e == ERR_BAD_CREDENTIALS)
		metrics_count(x->cx.metrics, METRIC_AUTH_ATTEMPTS,
			METRIC_SERIES(LABEL_METHOD_LOCAL, RESULT, result));
}

/* The attempt is paid for before the hash is compared, so that parallel guesses
 * are no better; only wrong ones are kept. */
enum err
http_account_password_post(struct exchange *x)
{
	struct password_change *c = arena_new(x->cx.arena, struct password_change);
	int64_t wait_ms = pace(x);
	enum err e;

	if (wait_ms)
		return reply_retry_after(x, wait_ms);
	*c = (struct password_change){
		.cx = &x->cx,
		.user = &x->user,
		.current = form_get(&x->form, "current"),
		.wanted = form_get(&x->form, "new"),
		.repeated = form_get(&x->form, "again"),
		.end_access = str_is(form_get(&x->form, "end_access"), "1"),
	};
	e = password_change_check(c);
	count_attempt(x, e);
	if (e != ERR_BAD_CREDENTIALS)
		unpace(x);
	if (e)
		return refuse(x, c, e);
	if ((e = session_renew_cookie(x, &c->session)) ||
		(e = reply_redirect(x, STR("/account?done=password"))))
		return e;
	if (c->end_access)
		known_browser_stay(x);
	return exchange_commit(x, password_change_store, c);
}
