/* Sealing what another server gave. */
#include "lib/signin/tokens.h"

#include "lib/base/json.h"
#include "lib/crypto/digest.h"
#include "lib/crypto/seal.h"

enum { TEXT_MAX = 48 * 1024 };

/* Too much is not kept at all. */
struct str
tokens_to_keep(const struct upstream_call *c, const struct upstream_tokens *t)
{
	struct buf text;

	if (!c->provider->store_tokens)
		return STR_NONE;
	buf_init(&text, c->cx->arena, TEXT_MAX);
	json_open(&text, '{');
	json_member_str(&text, "access_token", t->access_token);
	if (t->refresh_token.n)
		json_member_str(&text, "refresh_token", t->refresh_token);
	if (t->id_token.n)
		json_member_str(&text, "id_token", t->id_token);
	json_close(&text, '}');
	return buf_ok(&text) ? buf_str(&text) : STR_NONE;
}

static void
make_key(const struct context *cx, struct secret *key)
{
	struct secret from = {0};

	secret_set(&from, cx->config->session_secret.p, cx->config->session_secret.n);
	derive_key(&from, "authgate tokens of other servers", key);
	secret_free(&from);
}

enum err
tokens_seal(const struct context *cx, struct id identity, struct str text, struct str *ret)
{
	struct str context = {(const char *)identity.bytes, ID_SIZE};
	struct secret key = {0};
	enum err e;

	make_key(cx, &key);
	e = seal(cx->arena, &key, context, text, ret);
	secret_free(&key);
	return e;
}

struct str
tokens_id_token(const struct context *cx, struct id identity, struct str sealed)
{
	struct str context = {(const char *)identity.bytes, ID_SIZE};
	struct str text, id_token;
	struct secret key = {0};
	struct json *doc = NULL;
	enum err e;

	make_key(cx, &key);
	e = unseal(cx->arena, &key, context, sealed, &text);
	secret_free(&key);
	if (e || json_parse(text, TEXT_MAX, &doc, NULL))
		return STR_NONE;
	id_token = str_copy(cx->arena, json_get_str(doc, "id_token"));
	json_free(doc);
	return id_token;
}
