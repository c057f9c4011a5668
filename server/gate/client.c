/* Client authentication, with the limit per client. */
#include "server/gate/client.h"

#include "lib/oauth/client.h"
#include "server/gate/limit.h"
#include "server/reply.h"

static enum err
take(struct exchange *x, const struct client *client)
{
	int64_t wait_ms = client_is_public(client) ? 0 : limit_take_client(x, client->id);

	return wait_ms ? reply_retry_after(x, wait_ms) : OK;
}

enum err
client_of(struct exchange *x, struct client *ret)
{
	struct client client;
	enum err e = client_authenticate(
		&x->cx, request_header(&x->request, "authorization"), &x->form, &client);

	if (e || (e = take(x, &client)))
		return e;
	*ret = client;
	return OK;
}

enum err
client_named(struct exchange *x, struct client *ret)
{
	struct client client;
	bool proven = false;
	enum err e = client_identify(
		&x->cx, request_header(&x->request, "authorization"), &x->form, &client, &proven);

	if (e || (proven && (e = take(x, &client))))
		return e;
	*ret = client;
	return OK;
}
