/* The browser's own cookie. */
#include "server/gate/browser.h"

#include "lib/base/base64.h"
#include "lib/crypto/random.h"
#include "server/reply.h"
#include "server/server.h"

enum { MARK_SIZE = 16, MARK_TEXT_SIZE = BASE64URL_SIZE(MARK_SIZE) };

struct str
browser_mark(struct exchange *x)
{
	const char *name = x->server->https ? "__Host-authgate_browser" : "authgate_browser";
	struct str mark = request_cookie(&x->request, name);
	unsigned char bytes[MARK_SIZE];

	if (mark.n == MARK_TEXT_SIZE && !base64url_decode_exact(mark, bytes, sizeof bytes))
		return mark;
	if (random_bytes(bytes, sizeof bytes))
		return STR_NONE;
	mark = base64url(x->cx.arena, bytes, sizeof bytes);
	reply_header(x, "set-cookie",
		str_printf(x->cx.arena, "%s=%.*s; Path=/; HttpOnly; SameSite=Lax%s", name,
			STR_ARG(mark), x->server->https ? "; Secure" : ""));
	return mark;
}
