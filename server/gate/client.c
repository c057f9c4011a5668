/* Client authentication, with the limit per client. */
#include "server/gate/client.h"

#include "lib/oauth/client.h"
#include "server/gate/limit.h"
#include "server/reply.h"

struct proof
client_proof_of(const struct exchange *x)
{
	return (struct proof){
		.method = str_of(method_name(x->request.method)),
		.address = x->request.path,
		.header = request_header(&x->request, "authorization"),
		.form = &x->form,
	};
}

static enum err
draw_on_limit(struct exchange *x, const struct client *client)
{
	int64_t wait_ms = client_is_public(client) ? 0 : limit_take_client(x, client->id);

	return wait_ms ? reply_retry_after(x, wait_ms) : OK;
}

enum err
client_of(struct exchange *x, struct client *ret)
{
	struct proof proof = client_proof_of(x);
	struct client client;
	enum err e = client_authenticate(&x->cx, &proof, &client);

	if (e || (e = draw_on_limit(x, &client)))
		return e;
	*ret = client;
	return OK;
}

enum err
client_named(struct exchange *x, struct client *ret)
{
	struct proof proof = client_proof_of(x);
	struct client client;
	bool proven = false;
	enum err e = client_identify(&x->cx, &proof, &client, &proven);

	if (e || (proven && (e = draw_on_limit(x, &client))))
		return e;
	*ret = client;
	return OK;
}
