/* Refresh tokens, ours and imported ones. */
#include "lib/oauth/refresh.h"

#include "lib/crypto/credential.h"

static enum err
find_row(const struct context *cx, struct str text, struct refresh_token *ret)
{
	struct credential credential;
	enum err e;

	if (credential_parse(text, &credential))
		return refresh_token_imported(cx->store, cx->arena, sha256(text), ret);
	if ((e = refresh_token_by_id(cx->store, cx->arena, credential.id, ret)))
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

	if ((e = find_row(cx, text, &token)) ||
		(e = family_by_id(cx->store, cx->arena, token.family_id, &family)))
		return e;
	if (!id_eq(family.client_id, client->id))
		return ERR_NO_ROW;
	*ret = token;
	*ret_family = family;
	return OK;
}
