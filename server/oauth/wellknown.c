/* The documents under /.well-known/. */
#include "lib/oauth/discovery.h"
#include "lib/oauth/issuer.h"
#include "server/handlers.h"
#include "server/reply.h"

enum { DOCUMENT_MAX = 16 * 1024 };

/* Verifiers fetch these often and change slowly: five minutes is what a new
 * key has to be published before it signs. */
static const struct str cache_control = {"public, max-age=300", 19};

enum err
http_discovery_get(struct exchange *x)
{
	struct buf body;

	buf_init(&body, x->cx.arena, DOCUMENT_MAX);
	discovery_write(&x->cx, &body);
	reply_header(x, "cache-control", cache_control);
	return reply_json(x, 200, buf_str(&body));
}

enum err
http_jwks_get(struct exchange *x)
{
	reply_header(x, "cache-control", cache_control);
	return reply_json(x, 200, x->cx.issuer->jwks);
}
