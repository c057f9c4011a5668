/* What all pages share. */
#include "server/pages/page.h"

#include "server/gate/csrf.h"
#include "server/reply.h"

enum { PAGE_MAX = 256 * 1024, SCOPES_SHOWN_MAX = 64 };

struct page
page_props(struct exchange *x)
{
	return (struct page){
		.language = LANGUAGE_EN,
		.username = x->has_session ? x->user.username : STR_NONE,
		.csrf_token = csrf_token(x),
	};
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
			.scope = word, .words = page_scope_words(LANGUAGE_EN, word)};
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
