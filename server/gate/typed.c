/* A name in a cookie. */
#include "server/gate/typed.h"

#include "lib/base/base64.h"
#include "server/reply.h"
#include "server/server.h"

enum { NAME_MAX_BYTES = 256, KEPT_S = 600 };

static const char *
cookie_name(const struct exchange *x)
{
	return x->server->https ? "__Host-authgate_typed" : "authgate_typed";
}

static void
set_cookie(struct exchange *x, struct str value, int ttl_s)
{
	reply_header(x, "set-cookie",
		str_printf(x->cx.arena, "%s=%.*s; Max-Age=%d; Path=/; HttpOnly; SameSite=Lax%s",
			cookie_name(x), STR_ARG(value), ttl_s, x->server->https ? "; Secure" : ""));
}

void
typed_keep(struct exchange *x)
{
	struct str name = form_get(&x->form, "username");

	if (name.n && name.n <= NAME_MAX_BYTES)
		set_cookie(x, base64url(x->cx.arena, name.p, name.n), KEPT_S);
}

struct str
typed_name(struct exchange *x)
{
	struct str cookie = request_cookie(&x->request, cookie_name(x));
	struct str name;

	if (!cookie.n || base64url_decode(x->cx.arena, cookie, &name) || name.n > NAME_MAX_BYTES)
		return STR_NONE;
	return name;
}

void
typed_forget(struct exchange *x)
{
	if (request_cookie(&x->request, cookie_name(x)).n)
		set_cookie(x, STR_NONE, 0);
}
