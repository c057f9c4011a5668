/* Client authentication: the claim, the client, the proof. */
#include "lib/oauth/client.h"

#include "lib/oauth/scope.h"

static enum err
check_claim(struct context *cx, const struct proof *proof, const struct claim *claim,
	struct client *client)
{
	if (!client_way_is_registered(client, claim) || !str_is(client->status, "active"))
		return ERR_INVALID_CLIENT;
	return claim->way->prove(cx, proof, claim, client);
}

void
client_read_ahead(const struct context *cx, const struct proof *proof)
{
	struct context quiet = *cx; /* a problem is for client_authenticate to name */
	struct claim claim;
	struct id id;

	if (!client_way_claimed(&quiet, proof, &claim) && !id_parse(claim.client_id, &id))
		client_core_by_id_ahead(cx->store, id);
}

static enum err
find_claimed(
	struct context *cx, const struct proof *proof, struct claim *ret_claim, struct client *ret)
{
	struct id id;
	enum err e;

	if ((e = client_way_claimed(cx, proof, ret_claim)))
		return e;
	if (id_parse(ret_claim->client_id, &id))
		return ERR_INVALID_CLIENT;
	e = client_core_by_id(cx->store, cx->arena, id, ret);
	return e == ERR_NO_ROW ? ERR_INVALID_CLIENT : e;
}

enum err
client_authenticate(struct context *cx, const struct proof *proof, struct client *ret)
{
	struct client client = {0};
	struct claim claim;
	enum err e;

	if ((e = find_claimed(cx, proof, &claim, &client)) ||
		(e = check_claim(cx, proof, &claim, &client)))
		return e;
	*ret = client;
	return OK;
}

enum err
client_identify(struct context *cx, const struct proof *proof, struct client *ret, bool *ret_proven)
{
	struct client client = {0};
	struct claim claim;
	bool only_named;
	enum err e;

	/* RFC 8628 section 3.1: a name is a parameter here, and required. */
	if (!proof->header.n && !form_get(proof->form, "client_id").n) {
		cx->problem = STR("client_id is missing");
		return ERR_INVALID_REQUEST;
	}
	if ((e = find_claimed(cx, proof, &claim, &client)))
		return e;
	only_named = str_is(str_of(claim.way->name), "none") && str_is(client.status, "active");
	if (!only_named && (e = check_claim(cx, proof, &claim, &client)))
		return e;
	*ret_proven = !only_named;
	*ret = client;
	return OK;
}

bool
client_may_use(const struct client *client, const char *grant_type)
{
	return scope_has(client->grants, str_of(grant_type));
}

bool
client_is_public(const struct client *client)
{
	return str_is(client->type, "public");
}
