/* POST /oauth/introspect (RFC 7662) and POST /oauth/revoke (RFC 7009). */
#include "lib/oauth/introspect.h"

#include "lib/oauth/client.h"
#include "server/gate/client.h"
#include "server/handlers.h"
#include "server/keep/trail.h"
#include "server/reply.h"

enum { INTROSPECTION_MAX = 16 * 1024 };

static enum err
read_token(struct exchange *x, struct client *ret_client, struct str *ret_token)
{
	enum err e = client_of(x, ret_client);

	if (e)
		return e;
	*ret_token = form_get(&x->form, "token");
	return ret_token->n ? OK : exchange_problem(x, ERR_INVALID_REQUEST, "token is missing");
}

enum err
http_introspect_post(struct exchange *x)
{
	struct id other = {{0}};
	struct client client;
	struct str token;
	struct buf body;
	enum err e;

	if ((e = read_token(x, &client, &token)))
		return e;
	/* Section 2.1: who only names itself could be anybody. */
	if (client_is_public(&client))
		return ERR_INVALID_CLIENT;
	buf_init(&body, x->cx.arena, INTROSPECTION_MAX);
	if ((e = introspect_write(&x->cx, &client, token, &body, &other)))
		return e;
	if (!id_is_zero(other))
		trail_note_introspection(x, client.id, other);
	return reply_json(x, 200, buf_str(&body));
}

/* Section 2.2: the same answer whether there was anything to revoke. */
enum err
http_revoke_post(struct exchange *x)
{
	store_change *change = NULL;
	void *arg = NULL;
	struct client client;
	struct str token;
	enum err e;

	if ((e = read_token(x, &client, &token)) ||
		(e = revoke_prepare(&x->cx, &client, token, &change, &arg)))
		return e;
	if ((e = reply_json(x, 200, STR("{}"))))
		return e;
	return change ? exchange_commit(x, change, arg) : OK;
}
