/*
 * From a props struct of server/pages/pages.h to a reply:
 *
 *	struct page_login props = {.page = page_props(x), ...};
 *	struct buf *html = page_begin(x);
 *
 *	page_login(html, &props);
 *	return page_reply(x, 200, html);
 */
#ifndef SERVER_PAGES_PAGE_H
#define SERVER_PAGES_PAGE_H

#include "server/exchange.h"
#include "server/pages/language.h"
#include "server/pages/pages.h"

#include "pages_gen.h" /* page_<name>(), generated from templates/ */

/* Language and user of this exchange, for a page without forms. */
struct page page_frame(struct exchange *);
/* The same with the form token. */
struct page page_props(struct exchange *);
/* The scopes of a list with what they let a client do, for the layout. */
const struct scope_words *page_scopes(struct exchange *, struct str scope, size_t *ret_count);
/* "2 minutes", "a moment", in the language of this exchange. */
struct str page_duration(struct exchange *, int64_t ms);
/* The text with value in the place of its {}. */
struct str page_fill(struct exchange *, struct str text, struct str value);
struct buf *page_begin(struct exchange *);
enum err page_reply(struct exchange *, int status, const struct buf *html);
/* 303 to a page that shows the same: it can be reloaded and gone back to. The page comes
 * along for whoever does not follow. */
enum err page_see_other(struct exchange *, struct str location, const struct buf *html);

#endif
