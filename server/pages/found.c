/* What programs look for at addresses that everybody has. */
#include "lib/base/clock.h"
#include "lib/config/config.h"
#include "server/handlers.h"
#include "server/pages/static.h"
#include "server/reply.h"
#include "server/server.h"

enum { SECURITY_DAYS = 90 };

/* There is nothing here for a search engine: every page is somebody's. */
enum err
http_robots_get(struct exchange *x)
{
	return reply_text(x, 200, STR("User-agent: *\nDisallow: /\n"));
}

enum err
http_favicon_get(struct exchange *x)
{
	x->reply.status = 200;
	x->reply.content_type = static_type("mark.svg");
	x->reply.body = static_text("mark.svg");
	return OK;
}

/* RFC 9116: whom to tell of a weakness; nothing if the operator has named nobody. */
enum err
http_security_get(struct exchange *x)
{
	struct str contact = x->cx.config->ui_support_url;
	char until[21];

	if (!contact.n)
		return ERR_NOT_FOUND;
	clock_format_utc(x->cx.now_ms + SECURITY_DAYS * 24 * 3600 * (int64_t)MS_PER_S, until);
	return reply_text(x, 200,
		str_printf(x->cx.arena,
			"Contact: %.*s\nExpires: %s\nCanonical: %.*s/.well-known/security.txt\n",
			STR_ARG(contact), until, STR_ARG(x->server->origin)));
}

/* docs/openapi.yaml, as it was when this was built. */
enum err
http_openapi_get(struct exchange *x)
{
	return reply_json(x, 200, static_text("openapi.json"));
}
