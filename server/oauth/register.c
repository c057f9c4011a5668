/* /oauth/register (RFC 7591) and /oauth/register/:client_id (RFC 7592). */
#include "lib/oauth/register.h"

#include "server/handlers.h"
#include "server/reply.h"

static struct str
authorization(const struct exchange *x)
{
	return request_header(&x->request, "authorization");
}

static enum err
answer(struct exchange *x, int status, const struct register_answer *a)
{
	enum err e = reply_json(x, status, a->body);

	return e || !a->change ? e : exchange_commit(x, a->change, a->change_arg);
}

static enum err
authenticate(struct exchange *x, struct registered *ret)
{
	return register_authenticate(&x->cx, x->request.path_params[0], authorization(x), ret);
}

enum err
http_register_post(struct exchange *x)
{
	struct register_answer a;
	enum err e;

	if ((e = register_permit(&x->cx, authorization(x))) ||
		(e = register_create(&x->cx, x->request.body, &a)))
		return e;
	return answer(x, 201, &a);
}

enum err
http_registration_get(struct exchange *x)
{
	struct registered client;
	struct register_answer a;
	enum err e;

	if ((e = authenticate(x, &client)) || (e = register_show(&x->cx, &client, &a)))
		return e;
	return answer(x, 200, &a);
}

enum err
http_registration_put(struct exchange *x)
{
	struct registered client;
	struct register_answer a;
	enum err e;

	if ((e = authenticate(x, &client)) ||
		(e = register_update(&x->cx, &client, x->request.body, &a)))
		return e;
	return answer(x, 200, &a);
}

enum err
http_registration_delete(struct exchange *x)
{
	struct registered client;
	struct register_answer a;
	enum err e;

	if ((e = authenticate(x, &client)) || (e = register_remove(&x->cx, &client, &a)))
		return e;
	x->reply.status = 204;
	return exchange_commit(x, a.change, a.change_arg);
}
