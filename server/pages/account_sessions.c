/* Where the user is signed in: browsers, and what clients and devices hold. */
#include "lib/base/clock.h"
#include "lib/config/config.h"
#include "lib/store/token.h"
#include "server/gate/csrf.h"
#include "server/gate/known_browser.h"
#include "server/handlers.h"
#include "server/pages/account.h"
#include "server/pages/agent.h"
#include "server/pages/page.h"
#include "server/server.h"

#include <string.h>

enum {
	NEW_DEVICES_MAX = 10,
	SCOPE_SHOWN_MAX = 400,
	ACCOUNT_PAGE_MAX = 50, /* as the original */
	LIST_MAX = ACCOUNT_PAGE_MAX + 1,
	WAY_MAX = 4096
};

static struct id
newest(void)
{
	struct id id;

	memset(id.bytes, 0xff, sizeof id.bytes);
	return id;
}

static struct browser_row
browser_row(struct exchange *x, const struct session *s)
{
	struct str software = agent_words(x->cx.arena, s->user_agent);

	return (struct browser_row){
		.id = id_text(x->cx.arena, s->id),
		.proof = csrf_row_proof(x, id_text(x->cx.arena, s->id)),
		.software = software.n ? software : page_say(language_of(x), SAY_UNKNOWN_BROWSER),
		.ip = s->ip,
		.since_ago = account_ago(x, s->created_ms),
		.since_at = account_at(x, s->created_ms),
		.used_ago = account_ago(x, s->seen_ms),
		.used_at = account_at(x, s->seen_ms),
		.is_this = id_eq(s->id, x->session.id),
	};
}

/* One row more than fits tells whether there is a next page. */
static enum err
list_browsers(struct exchange *x, struct page_account_sessions *props)
{
	struct browser_row *rows = arena_array(x->cx.arena, struct browser_row, ACCOUNT_PAGE_ROWS);
	struct session *found = arena_array(x->cx.arena, struct session, LIST_MAX);
	int64_t idle_ms = x->cx.config->session_idle_timeout_s * MS_PER_S;
	struct session_query query = {
		.user = x->user.id,
		.now_ms = x->cx.now_ms,
		.seen_after_ms = idle_ms ? x->cx.now_ms - idle_ms : 0,
	};
	size_t count = 0;
	enum err e;

	if ((e = account_query_id(x, "browsers_after", newest(), &query.before)))
		return e;
	e = session_list_of_user(
		x->cx.store, x->cx.arena, &query, found, ACCOUNT_PAGE_ROWS + 1, &count);
	if (e)
		return e;
	for (size_t i = 0; i < count && i < ACCOUNT_PAGE_ROWS; i++)
		rows[i] = browser_row(x, &found[i]);
	props->browsers = rows;
	props->browsers_count = count > ACCOUNT_PAGE_ROWS ? ACCOUNT_PAGE_ROWS : count;
	if (count > ACCOUNT_PAGE_ROWS)
		props->next_browser = rows[ACCOUNT_PAGE_ROWS - 1].id;
	return OK;
}

static struct family_row
family_row(struct exchange *x, const struct family_view *f)
{
	return (struct family_row){
		.id = id_text(x->cx.arena, f->id),
		.proof = csrf_row_proof(x, id_text(x->cx.arena, f->id)),
		.client_name = f->client_name,
		.scope = str_first(f->scope, SCOPE_SHOWN_MAX),
		.software = agent_words(x->cx.arena, f->user_agent),
		.ip = f->ip,
		.since_ago = account_ago(x, f->created_ms),
		.since_at = account_at(x, f->created_ms),
		.used_at = f->used_ms ? account_at(x, f->used_ms) : STR_NONE,
		.used_ago = f->used_ms ? account_ago(x, f->used_ms) : STR_NONE,
		.is_device = str_is(f->kind, "device"),
		.is_disabled = f->disabled_ms != 0,
	};
}

/* ---- what narrows them ---- */

/* The words of the original; what it calls revoked is not shown at all. */
static const struct {
	const char *word;
	enum family_stand stand;
	enum say say;
} statuses[] = {
	{"", FAMILY_ANY, SAY_ALL},
	{"active", FAMILY_AT_WORK, SAY_ACTIVE},
	{"disabled", FAMILY_AT_REST, SAY_DISABLED},
};

static enum err
read_narrowing(struct exchange *x, struct family_query *q, struct page_account_sessions *props)
{
	props->status = form_get(&x->query, "status");
	props->search = str_trim(form_get(&x->query, "search"));
	props->is_narrowed = props->status.n || props->search.n;
	q->search = props->search;
	for (size_t i = 0; i < countof(statuses); i++)
		if (str_is(props->status, statuses[i].word)) {
			q->stand = statuses[i].stand;
			return OK;
		}
	return exchange_problem(x, ERR_INVALID_REQUEST, "status is active or disabled");
}

/* How many of a kind a page shows: page_size, as the original calls it. */
static enum err
read_size(struct exchange *x, size_t *ret)
{
	struct str size = form_get(&x->query, "page_size");
	int64_t n = ACCOUNT_PAGE_ROWS;

	if (size.n && (str_to_i64(size, &n) || n < 1 || n > ACCOUNT_PAGE_MAX))
		return exchange_problem(x, ERR_INVALID_REQUEST,
			"page_size is a number from 1 to %d", ACCOUNT_PAGE_MAX);
	*ret = (size_t)n;
	return OK;
}

/* The same page with another status, or behind a row. */
static struct str
way_to(struct exchange *x, struct str status, struct str search, struct str after)
{
	const struct form_field said[] = {{STR("status"), status}, {STR("search"), search},
		{STR("page_size"), form_get(&x->query, "page_size")}, {STR("after"), after}};
	struct buf way;

	buf_init(&way, x->cx.arena, WAY_MAX);
	buf_add_c(&way, "/account/sessions?");
	for (size_t i = 0; i < countof(said); i++)
		if (said[i].value.n)
			form_add(&way, str_c(x->cx.arena, said[i].name), said[i].value);
	return buf_ok(&way) ? buf_str(&way) : STR("/account/sessions");
}

static void
fill_tabs(struct exchange *x, struct page_account_sessions *props)
{
	struct web_link *tabs = arena_array(x->cx.arena, struct web_link, countof(statuses));

	for (size_t i = 0; i < countof(statuses); i++)
		tabs[i] = (struct web_link){
			.label = page_say(language_of(x), statuses[i].say),
			.way = {way_to(x, str_of(statuses[i].word), props->search, STR_NONE)},
			.is_here = str_is(props->status, statuses[i].word),
		};
	props->tabs = tabs;
	props->tabs_count = countof(statuses);
}

static enum err
list_families(struct exchange *x, struct page_account_sessions *props)
{
	struct family_row *rows = arena_array(x->cx.arena, struct family_row, LIST_MAX);
	struct family_view *found = arena_array(x->cx.arena, struct family_view, LIST_MAX);
	struct family_query query = {.user = x->user.id, .now_ms = x->cx.now_ms};
	size_t count = 0, size = ACCOUNT_PAGE_ROWS;
	struct str next = STR_NONE;
	struct id seen;
	enum err e;

	if ((e = account_query_id(x, "after", newest(), &query.before)) ||
		(e = read_narrowing(x, &query, props)) || (e = read_size(x, &size)))
		return e;
	e = family_list_of_user(x->cx.store, x->cx.arena, &query, found, size + 1, &count, &seen);
	if (e)
		return e;
	for (size_t i = 0; i < count && i < size; i++)
		rows[i] = family_row(x, &found[i]);
	props->families = rows;
	props->families_count = count > size ? size : count;
	if (count > size)
		next = rows[size - 1].id;
	else if (!id_is_zero(seen))
		next = id_text(x->cx.arena, seen);
	if (next.n)
		props->next.target = way_to(x, props->status, props->search, next);
	fill_tabs(x, props);
	return OK;
}

enum err
account_new_devices(struct exchange *x, const struct family_row **ret, size_t *ret_count)
{
	struct family_row *rows = arena_array(x->cx.arena, struct family_row, NEW_DEVICES_MAX);
	struct family_view *found = arena_array(x->cx.arena, struct family_view, NEW_DEVICES_MAX);
	struct family_between between = {
		.user = x->user.id,
		.after_ms = x->session.previous_ms,
		.before_ms = x->session.created_ms,
	};
	enum err e;

	*ret = rows;
	*ret_count = 0;
	if (!between.after_ms)
		return OK;
	e = family_devices_between(
		x->cx.store, x->cx.arena, &between, found, NEW_DEVICES_MAX, ret_count);
	for (size_t i = 0; !e && i < *ret_count; i++)
		rows[i] = family_row(x, &found[i]);
	return e;
}

enum err
http_account_sessions_get(struct exchange *x)
{
	struct page_account_sessions props = {.page = page_props(x), .done = account_done(x)};
	struct buf *html = page_begin(x);
	enum err e;

	if ((e = list_browsers(x, &props)) || (e = list_families(x, &props)))
		return e;
	page_account_sessions(html, &props);
	return page_reply(x, 200, html);
}

enum err
http_account_revoke_post(struct exchange *x)
{
	return account_take(x, access_revoke, STR("/account/sessions?done=revoked"));
}

/* Whoever was there may know the password: a new one is offered. */
enum err
http_account_disown_post(struct exchange *x)
{
	return account_take(x, access_disown, STR("/account?done=disowned"));
}

enum err
http_account_disable_post(struct exchange *x)
{
	return account_take(x, access_disable, STR("/account/sessions?done=disabled"));
}

enum err
http_account_enable_post(struct exchange *x)
{
	return account_take(x, access_enable, STR("/account/sessions?done=enabled"));
}

enum err
http_account_revoke_all_post(struct exchange *x)
{
	known_browser_stay(x);
	return account_take_all(x, access_revoke_all, STR("/account/sessions?done=all"));
}
