/* Client authentication, with the limit per client. */
#include "server/gate/client.h"

#include "lib/oauth/client.h"
#include "server/gate/limit.h"
#include "server/reply.h"

enum err
client_of(struct exchange *x, struct client *ret)
{
	struct client client;
	int64_t wait_ms;
	enum err e = client_authenticate(
		&x->cx, request_header(&x->request, "authorization"), &x->form, &client);

	if (e)
		return e;
	if (!client_is_public(&client) && (wait_ms = limit_take_client(x, client.id)))
		return reply_retry_after(x, wait_ms);
	*ret = client;
	return OK;
}
