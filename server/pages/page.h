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
#include "server/pages/pages.h"

#include "pages_gen.h" /* page_<name>(), generated from templates/ */

/* Language, user and form token of this exchange, for the layout. */
struct page page_props(struct exchange *);
/* The scopes of a list with what they let a client do, for the layout. */
const struct scope_words *page_scopes(struct exchange *, struct str scope, size_t *ret_count);
struct buf *page_begin(struct exchange *);
enum err page_reply(struct exchange *, int status, const struct buf *html);

#endif
