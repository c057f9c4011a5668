/* Refresh tokens, ours and imported ones. */
#include "lib/oauth/refresh.h"

#include "lib/config/config.h"
#include "lib/crypto/credential.h"

enum err
refresh_find_text(const struct context *cx, struct str text, struct refresh_token *ret)
{
	struct credential credential;
	enum err e;

	if (credential_parse(text, &credential))
		return refresh_token_imported(cx->store, cx->arena, sha256(text), ret);
	e = refresh_token_by_id(cx->store, cx->arena, credential.id, ret);
	/* What a service makes may have any form, ours as well. */
	if (e == ERR_NO_ROW && cx->config->token_api_url.n)
		return refresh_token_imported(cx->store, cx->arena, sha256(text), ret);
	if (e)
		return e;
	return digest_eq(ret->digest, credential.digest) ? OK : ERR_NO_ROW;
}

enum err
refresh_find(const struct context *cx, const struct client *client, struct str text,
	struct refresh_token *ret, struct family *ret_family)
{
	struct refresh_token token;
	struct family family;
	enum err e;

	if ((e = refresh_find_text(cx, text, &token)) ||
		(e = family_by_id(cx->store, cx->arena, token.family_id, &family)))
		return e;
	if (!id_eq(family.client_id, client->id))
		return ERR_NO_ROW;
	*ret = token;
	*ret_family = family;
	return OK;
}
