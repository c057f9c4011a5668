/* What the pages below /account share. */
#ifndef SERVER_PAGES_ACCOUNT_H
#define SERVER_PAGES_ACCOUNT_H

#include "lib/account/access.h"
#include "server/exchange.h"

/* Rows of a list on one page. */
enum { ACCOUNT_PAGE_ROWS = 25 };

/* The sentence for ?done=, or none: text never comes from the address. */
struct str account_done(struct exchange *);
/* The id in the query parameter, or `otherwise`; ERR_NOT_FOUND if it is no id. */
MUST_USE enum err account_query_id(
	const struct exchange *, const char *name, struct id otherwise, struct id *ret);
/* "2 hours" since that instant. */
struct str account_ago(struct exchange *, int64_t ms);
/* That instant, as RFC 3339 has it. */
struct str account_at(struct exchange *, int64_t ms);
/* Devices that were connected between the sign-in of this person before and this one. */
struct family_row;
MUST_USE enum err account_new_devices(
	struct exchange *, const struct family_row **ret, size_t *ret_count);
/* Runs the change on what the path names, then shows `location`; ERR_NOT_FOUND
 * if the path names no id. */
MUST_USE enum err account_take(struct exchange *, store_change *, struct str location);
/* The same for a change that needs no id. */
MUST_USE enum err account_take_all(struct exchange *, store_change *, struct str location);

#endif
