/* /api/admin/v1/users/:id/connections: with which accounts at other servers people sign in. */
#include "lib/signin/signin.h"
#include "server/admin/admin.h"
#include "server/handlers.h"

#include <string.h>

/* There are few: one page has them all. */
enum err
http_admin_user_connections(struct exchange *x)
{
	struct identity *rows = arena_array(x->cx.arena, struct identity, IDENTITIES_OF_USER_MAX);
	struct admin_page page;
	struct user user;
	size_t count, before = 0;
	enum err e;

	if ((e = admin_read_page(x, &page)) || (e = admin_find_user(x, &user)) ||
		(e = identity_of_user(x->cx.store, x->cx.arena, user.id, rows, &count)))
		return e;
	while (before < count && memcmp(rows[before].id.bytes, page.after.bytes, ID_SIZE) <= 0)
		before++;
	count -= before;
	return admin_reply_list(
		x, &(struct admin_list){RESOURCE_connection, rows + before, sizeof *rows,
			   count < page.limit ? count : page.limit, page.limit});
}

enum err
http_admin_user_disconnect(struct exchange *x)
{
	struct signin_unlink *unlink = arena_new(x->cx.arena, struct signin_unlink);
	struct user *user = arena_new(x->cx.arena, struct user);
	enum err e;

	*unlink = (struct signin_unlink){.cx = &x->cx, .user = user};
	if ((e = admin_find_user(x, user)))
		return e;
	if (id_parse(x->request.path_params[1], &unlink->id))
		return ERR_NOT_FOUND;
	return admin_done(x, signin_unlink_store, unlink);
}
