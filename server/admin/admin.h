/*
 * What the handlers of the admin API share.  The API is JSON over the admin
 * socket, under /api/admin/v1/; errors are {"error", "error_description"} as
 * everywhere.  Lists come in pages: ?limit= (1 to 200, default 50) and ?after=
 * (the `next` of the page before; absent on the last).
 */
#ifndef SERVER_ADMIN_ADMIN_H
#define SERVER_ADMIN_ADMIN_H

#include "server/admin/rows.h"
#include "server/exchange.h"

enum { ADMIN_PAGE_MAX = 200, ADMIN_REPLY_MAX = 1 << 20 };

struct admin_page {
	struct id after;
	size_t limit;
};

/* Reads ?after= and ?limit=. */
MUST_USE enum err admin_read_page(struct exchange *, struct admin_page *ret);
/* The :id of the path; ERR_NOT_FOUND if it is none. */
MUST_USE enum err admin_read_id(struct exchange *, struct id *ret);
/* Reads the body into x->json; refuses a member that the operation does not take. */
MUST_USE enum err admin_read_body(struct exchange *);
/* A reply under way: begins with '{'; admin_reply closes it. */
struct buf *admin_begin(struct exchange *);
enum err admin_reply(struct exchange *, int status, struct buf *);
/* A page of a list.  Rows begin with their struct id, the cursor of what follows them. */
struct admin_list {
	enum resource_id row; /* under its plural, as server/admin/rows.h writes it */
	const void *rows;
	size_t row_size;
	size_t count;
	size_t limit; /* a page this long may not be the last */
};
enum err admin_reply_list(struct exchange *, const struct admin_list *);
/* One of which the cursor is known, or zero at the end. */
enum err admin_reply_page(struct exchange *, const struct admin_list *, struct id next);
/* {"ok":true}, after a change. */
enum err admin_done(struct exchange *, store_change *, void *arg);
/* The version of a thing, as ETag; and ERR_CHANGED if If-Match names another. */
void admin_version(struct exchange *, int64_t updated_ms);
MUST_USE enum err admin_check_version(struct exchange *, int64_t updated_ms);
/* The same for what is not an edit.  ret_held_ms: what the change must still find; 0
 * if it was not asked to look. */
MUST_USE enum err admin_hold_version(struct exchange *, int64_t updated_ms, int64_t *ret_held_ms);
/* The client or person that the path names; ERR_NOT_FOUND if there is none. */
MUST_USE enum err admin_find_client(struct exchange *, struct client *ret);
MUST_USE enum err admin_find_user(struct exchange *, struct user *ret);
/* The id of a person who is named by id or username; ERR_NOT_FOUND if there is none. */
MUST_USE enum err admin_user_id(struct exchange *, struct str given, struct id *ret);
/* Commits a change of lib/oauth/takeback.h. */
enum err admin_take_back(struct exchange *, struct id, store_change *);
/* Which events the query asks for, from `after` on. */
MUST_USE enum err admin_audit_query(struct exchange *, struct audit_query *ret);
/* One row as the whole answer: the fields with OP_SHOW. */
enum err admin_reply_item(struct exchange *, enum resource_id, const void *row);
/* Nothing for the zero id. */
void admin_member_id(struct buf *, const char *name, struct id);

#endif
