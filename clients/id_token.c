/* Fetches the keys, has the id_token verified. */
#include "clients/id_token.h"

#include "clients/ask.h"
#include "lib/base/clock.h"
#include "lib/crypto/foreign_jwt.h"

static enum err
fetch_keys(
	struct arena *arena, const struct id_token_check *check, struct str *ret, struct diag *diag)
{
	const struct asking asking = {
		.request =
			{
				.url = check->server->jwks_uri,
				.cancel_fd = check->cancel_fd,
				.ca_file = check->server->ca_file,
			},
		.patience_s = ASK_PATIENCE_S,
	};
	struct fetch_reply reply;
	enum err e;

	if (str_empty(asking.request.url))
		return diag_set(diag, ERR_INVALID_TOKEN,
			"the server sent an id_token and publishes no keys to verify it with");
	if ((e = client_ask(arena, &asking, &reply, diag)))
		return e;
	if (reply.status != 200)
		return diag_set(diag, ERR_NETWORK, "the server's keys: status %d", reply.status);
	*ret = reply.body;
	return OK;
}

enum err
client_id_token_check(struct arena *arena, const struct id_token_check *check,
	const struct token_reply *reply, struct diag *diag)
{
	const struct foreign_jwt_rules rules = {
		.issuer = check->server->issuer,
		.audience = check->client_id,
		.nonce = check->nonce,
		.access_token = reply->access_token,
		.now_s = clock_now_ms() / MS_PER_S,
	};
	struct diag why = {{0}};
	struct str keys, payload;
	enum err e;

	if (str_empty(reply->id_token))
		return OK;
	if ((e = fetch_keys(arena, check, &keys, diag)))
		return e;
	e = foreign_jwt_verify(arena, keys, reply->id_token, &rules, &payload, &why);
	if (e)
		return diag_set(diag, e,
			"the server's id_token cannot be believed: %s; "
			"nothing was kept",
			why.text);
	return OK;
}
