/* What all pages share. */
#include "server/pages/page.h"

#include "lib/base/clock.h"
#include "lib/config/config.h"
#include "lib/oauth/scope.h"
#include "server/gate/csrf.h"
#include "server/gate/way.h"
#include "server/pages/brand.h"
#include "server/reply.h"

#include <string.h>

enum { PAGE_MAX = 256 * 1024, SCOPES_SHOWN_MAX = 64 };

static const struct {
	int64_t ms;
	enum say one, many;
} units[] = {
	{24 * 3600 * MS_PER_S, SAY_DAY, SAY_DAYS},
	{3600 * MS_PER_S, SAY_HOUR, SAY_HOURS},
	{60 * MS_PER_S, SAY_MINUTE, SAY_MINUTES},
	{MS_PER_S, SAY_SECOND, SAY_SECONDS},
};

struct str
page_duration(struct exchange *x, int64_t ms)
{
	for (size_t i = 0; i < countof(units); i++) {
		int64_t count = ms / units[i].ms;
		enum say say = count == 1 ? units[i].one : units[i].many;

		if (count > 0)
			return page_fill(x, page_say(language_of(x), say),
				str_printf(x->cx.arena, "%lld", (long long)count));
	}
	return page_say(language_of(x), SAY_MOMENT);
}

struct str
page_fill(struct exchange *x, struct str text, struct str value)
{
	const char *hole = memmem(text.p, text.n, "{}", 2);
	struct str before = text;

	if (!hole)
		return text;
	before.n = (size_t)(hole - text.p);
	return str_printf(x->cx.arena, "%.*s%.*s%.*s", STR_ARG(before), STR_ARG(value),
		STR_ARG(str_from(text, before.n + 2)));
}

static const struct language_link *
other_languages(struct exchange *x, size_t *ret_count)
{
	struct language_link *links =
		arena_array(x->cx.arena, struct language_link, LANGUAGE_COUNT);
	size_t n = 0;

	for (enum language l = 0; l < LANGUAGE_COUNT; l++)
		if (l != language_of(x))
			links[n++] = (struct language_link){
				.tag = page_language_words(l, STR("tag")),
				.name = page_language_words(l, STR("name")),
			};
	*ret_count = n;
	return links;
}

struct page
page_frame(struct exchange *x)
{
	struct page page = {
		.language = language_of(x),
		.username = x->has_session ? x->user.username : STR_NONE,
		.is_admin = x->has_session && str_is(x->user.role, "admin"),
		.has_apps = x->cx.config->apps_enabled,
		.here = way_of(x),
	};

	page.languages = other_languages(x, &page.languages_count);
	brand_fill(x, &page);
	return page;
}

struct page
page_props(struct exchange *x)
{
	struct page page = page_frame(x);

	page.csrf_token = csrf_token(x);
	return page;
}

static struct str
scope_sentence(struct exchange *x, struct str scope)
{
	struct str known = page_scope_words(language_of(x), scope);

	return known.n ? known : page_fill(x, page_say(language_of(x), SAY_UNKNOWN_SCOPE), scope);
}

/* What lasts, and what has power over others, must not look like the rest. */
static bool
is_heavy(struct str scope)
{
	return str_is(scope, SCOPE_ADMIN) || str_is(scope, "offline_access");
}

const struct scope_words *
page_scopes(struct exchange *x, struct str scope, size_t *ret_count)
{
	struct scope_words *list = arena_array(x->cx.arena, struct scope_words, SCOPES_SHOWN_MAX);
	size_t n = 0;

	STR_EACH (word, scope) {
		if (n == SCOPES_SHOWN_MAX)
			break;
		list[n++] = (struct scope_words){
			.scope = word,
			.words = scope_sentence(x, word),
			.is_heavy = is_heavy(word),
			.is_admin = str_is(word, SCOPE_ADMIN),
		};
	}
	*ret_count = n;
	return list;
}

struct buf *
page_begin(struct exchange *x)
{
	struct buf *html = arena_new(x->cx.arena, struct buf);

	buf_init(html, x->cx.arena, PAGE_MAX);
	return html;
}

enum err
page_reply(struct exchange *x, int status, const struct buf *html)
{
	if (!buf_ok(html))
		return ERR_INTERNAL;
	return reply_html(x, status, buf_str(html));
}

enum err
page_see_other(struct exchange *x, struct str location, const struct buf *html)
{
	enum err e = page_reply(x, 303, html);

	if (!e)
		reply_header(x, "location", location);
	return e;
}
