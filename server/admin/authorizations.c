/* /api/admin/v1/.../authorizations: whom people let in, and who let a client in. */
#include "lib/account/access.h"
#include "lib/oauth/authorization.h"
#include "lib/store/overview.h"
#include "server/admin/admin.h"
#include "server/handlers.h"

enum err
http_admin_client_authorizations(struct exchange *x)
{
	struct overview *rows = arena_array(x->cx.arena, struct overview, ADMIN_PAGE_MAX);
	struct admin_page page;
	struct client client;
	struct id next;
	size_t count;
	enum err e;

	if ((e = admin_read_page(x, &page)) || (e = admin_find_client(x, &client)) ||
		(e = overview_consents(x->cx.store, x->cx.arena, client.id, page.after, rows,
			 page.limit, &count, &next)))
		return e;
	return admin_reply_page(x,
		&(struct admin_list){RESOURCE_consent, rows, sizeof *rows, count, page.limit},
		next);
}

enum err
http_admin_user_authorizations(struct exchange *x)
{
	struct authorization *rows = arena_array(x->cx.arena, struct authorization, ADMIN_PAGE_MAX);
	struct admin_page page;
	struct user user;
	struct id next;
	size_t count;
	enum err e;

	if ((e = admin_read_page(x, &page)) || (e = admin_find_user(x, &user)) ||
		(e = authorization_list(
			 &x->cx, user.id, page.after, rows, page.limit, &count, &next)))
		return e;
	return admin_reply_page(x,
		&(struct admin_list){RESOURCE_authorization, rows, sizeof *rows, count, page.limit},
		next);
}

enum err
http_admin_user_withdraw(struct exchange *x)
{
	struct access_change *change = arena_new(x->cx.arena, struct access_change);
	struct user *user = arena_new(x->cx.arena, struct user);
	enum err e;

	*change = (struct access_change){.cx = &x->cx, .user = user};
	if ((e = admin_find_user(x, user)))
		return e;
	if (id_parse(x->request.path_params[1], &change->id))
		return ERR_NOT_FOUND;
	return admin_done(x, access_revoke_client, change);
}
