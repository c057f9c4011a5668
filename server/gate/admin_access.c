/* The two doors of the admin API. */
#include "server/gate/admin_access.h"

#include "lib/audit/audit.h"
#include "lib/config/config.h"
#include "lib/oauth/bearer.h"
#include "server/route.h"

#include <pwd.h>

enum { PASSWD_MAX = 4096 };

struct str
admin_access_actor(struct arena *arena, const char *by, int64_t uid)
{
	struct passwd entry, *found = NULL;
	char buffer[PASSWD_MAX];

	if (!getpwuid_r((uid_t)uid, &entry, buffer, sizeof buffer, &found) && found)
		return str_printf(arena, "%s:%s", by, found->pw_name);
	return str_printf(arena, "%s:%lld", by, (long long)uid);
}

/* RFC 6750 section 2.1, and none of the other ways. */
static enum err
check_token(struct exchange *x)
{
	struct str header = request_header(&x->request, "authorization");
	bool changes = x->route->method != METHOD_GET;
	struct live_token token;
	enum err e;

	if (!str_is_nocase(str_cut(&header, ' '), "Bearer"))
		return ERR_INVALID_TOKEN;
	if ((e = bearer_find_admin(&x->cx, str_trim(header), changes, &token)))
		return e;
	x->cx.actor = str_printf(x->cx.arena, "%.*s %.*s",
		STR_ARG(audit_actor_user(x->cx.arena, token.user.username)),
		STR_ARG(audit_actor_client(x->cx.arena, token.client_id)));
	return OK;
}

enum err
admin_access_check(struct exchange *x)
{
	if (x->request.peer_uid < 0)
		return x->cx.config->admin_http ? check_token(x) : ERR_NOT_FOUND;
	x->cx.actor = admin_access_actor(
		x->cx.arena, x->request.offline ? "offline" : "unix", x->request.peer_uid);
	return OK;
}
