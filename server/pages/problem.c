/* Error pages, and forms that are shown again. */
#include "server/pages/problem.h"

#include "lib/base/clock.h"
#include "lib/base/duration.h"
#include "lib/base/holds.h"
#include "server/gate/csrf.h"
#include "server/gate/typed.h"
#include "server/gate/way.h"
#include "server/pages/page.h"
#include "server/reply.h"

#include <string.h>

enum { WAIT_MAX_S = 24 * 3600 };

/* To add a form that is shown again: its row here.  blank: without what was typed, so
 * that the answers to all guesses are one. */
static const struct {
	const char *pattern;
	enum err (*show)(struct exchange *, int status, enum err why);
	const char *blank;
} forms[] = {
	{"/login", login_show, NULL},
	{"/device/verify", device_show, NULL},
	{"/device/decide", device_show_blank, "/device"},
	{"/account/password", account_show, NULL},
	{"/invitation", invitation_show, NULL},
};

/* What an error without words of its own is called. */
static const struct {
	int status;
	const char *name;
} by_status[] = {
	{400, "invalid_request"},
	{401, "login_required"},
	{403, "forbidden"},
	{404, "not_found"},
	{409, "conflict"},
	{429, "too_many_requests"},
	{503, "unavailable"},
};

static struct str
name_of(struct exchange *x, enum err e)
{
	struct str name = str_of(err_name(e));
	char *p = arena_alloc(x->cx.arena, name.n);

	for (size_t i = 0; i < name.n; i++)
		p[i] = name.p[i] >= 'A' && name.p[i] <= 'Z' ? (char)(name.p[i] | 0x20) : name.p[i];
	return (struct str){p, name.n};
}

static struct str
words_of(struct exchange *x, struct str name, const char *part)
{
	return page_error_words(
		language_of(x), str_printf(x->cx.arena, "%.*s.%s", STR_ARG(name), part));
}

static struct str
words(struct exchange *x, enum err e, const char *part)
{
	struct str own = words_of(x, name_of(x, e), part);

	for (size_t i = 0; !own.n && i < countof(by_status); i++)
		if (by_status[i].status == err_status(e))
			own = words_of(x, str_of(by_status[i].name), part);
	return own.n ? own : words_of(x, STR("internal"), part);
}

static struct str
wait_words(struct exchange *x)
{
	return page_duration(x, duration_of_wait_ms(x->retry_after_s > 0 ? x->retry_after_s : 1));
}

bool
problem_has_words(struct exchange *x, enum err e)
{
	return words_of(x, name_of(x, e), "text").n > 0;
}

struct str
problem_text(struct exchange *x, enum err e)
{
	return page_fill(x, words(x, e, "text"), wait_words(x));
}

enum err
problem_asked(struct exchange *x)
{
	struct str asked = form_get(&x->query, "problem");
	int64_t until_s;

	if (!asked.n)
		return OK;
	if (!str_to_i64(form_get(&x->query, "until"), &until_s)) {
		x->retry_after_s = until_s - x->cx.now_ms / MS_PER_S;
		if (x->retry_after_s <= 0 || x->retry_after_s > WAIT_MAX_S)
			return OK;
	}
	for (enum err e = OK + 1; e < ERR_COUNT; e++)
		if (str_eq(name_of(x, e), asked) && words_of(x, asked, "text").n)
			return e;
	return OK;
}

static size_t
form_of(const struct exchange *x)
{
	size_t i = 0;

	while (x->route && i < countof(forms) && strcmp(forms[i].pattern, x->route->pattern) != 0)
		i++;
	return x->route ? i : countof(forms);
}

static struct str
page_again(struct exchange *x, enum err e, const char *blank)
{
	struct str page = blank ? str_of(blank) : way_of(x);
	struct str way = way_with(x, page, "problem", name_of(x, e));
	int64_t until_s;

	if (!x->retry_after_s)
		return way;
	until_s = x->cx.now_ms / MS_PER_S + x->retry_after_s;
	return way_with(x, way, "until", str_printf(x->cx.arena, "%lld", (long long)until_s));
}

enum err
problem_show_form(struct exchange *x, enum err e)
{
	size_t form = form_of(x);
	enum err failed;

	HOLDS(err_is_answer(e));
	if (form == countof(forms))
		return ERR_INTERNAL;
	if ((failed = forms[form].show(x, err_status(e), e)))
		return failed;
	typed_keep(x);
	reply_header(x, "refresh",
		str_printf(
			x->cx.arena, "0; url=%.*s", STR_ARG(page_again(x, e, forms[form].blank))));
	x->reply.error = e;
	return OK;
}

enum err
problem_see_other(struct exchange *x, struct str page, enum err e)
{
	x->reply.error = e;
	return reply_redirect(x, way_with(x, page, "problem", name_of(x, e)));
}

/* What the same form may well succeed with, a moment or a look later. */
static bool
is_worth_another_try(enum err e)
{
	int status = err_status(e);

	return status == 403 || status == 409 || status == 429 || status == 503;
}

/* Where an error page leads on to, and what the link is called. */
static struct str
way_on(struct exchange *x, enum err e, enum say *ret_label)
{
	struct str way = way_of(x);

	*ret_label = SAY_HOME;
	if (str_is(way, "/"))
		return way;
	if (x->request.method != METHOD_GET) {
		*ret_label = SAY_SHOW_FORM_AGAIN;
		return way;
	}
	if (!is_worth_another_try(e))
		return STR("/");
	*ret_label = SAY_TRY_AGAIN;
	return way;
}

static void
show_error(struct exchange *x, enum err e)
{
	enum say label;
	struct str way = way_on(x, e, &label);
	struct page_error props = {
		.page = page_frame(x),
		.status = err_status(e),
		.title = words(x, e, "title"),
		.message = problem_text(x, e),
		.way = {way},
		.way_label = page_say(language_of(x), label),
		.request_id = x->cx.request_id,
		.is_ours = err_status(e) >= 500,
	};
	struct buf *html = page_begin(x);

	page_error(html, &props);
	(void)reply_html(x, err_status(e), buf_str(html));
}

/* A session that ended while the answer was made: as if it had never begun. */
static bool
leads_to_login(const struct exchange *x, enum err e)
{
	return e == ERR_LOGIN_REQUIRED && x->route && x->route->flags & ROUTE_LOGIN;
}

/* In another window, or by a second click: the list shows how it is now. */
static bool
leads_to_list(struct exchange *x, enum err e)
{
	return e == ERR_NOT_FOUND && x->route && x->route->flags & ROUTE_CSRF &&
	       csrf_row_was_shown(x, x->request.path_params[0]);
}

void
problem_reply(struct exchange *x, enum err e)
{
	if (leads_to_list(x, e)) {
		(void)!reply_redirect(x, way_with(x, way_of(x), "done", STR("already")));
		return;
	}
	if (leads_to_login(x, e)) {
		(void)!way_to_login(x, way_of(x));
		return;
	}
	if (is_worth_another_try(e) && x->form.count && form_of(x) < countof(forms) &&
		!problem_show_form(x, e))
		return;
	show_error(x, e);
}
