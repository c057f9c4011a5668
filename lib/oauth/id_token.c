/* Writes and signs ID tokens. */
#include "lib/oauth/id_token.h"

#include "lib/base/base64.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/config/config.h"
#include "lib/crypto/digest.h"
#include "lib/oauth/issuer.h"
#include "lib/oauth/scope.h"
#include "lib/store/user_group.h"

enum { GROUPS_MAX = 4096, CLAIMS_MAX = 16384, TOKEN_MAX = 24576, AT_HASH_SIZE = DIGEST_SIZE / 2 };

/* Section 5.4: which claims a scope stands for. What we do not know is absent. */
void
claims_of_user(struct buf *out, const struct user *user, struct str scope)
{
	if (scope_has(scope, STR("profile"))) {
		json_member_str(out, "preferred_username", user->username);
		if (user->full_name.n)
			json_member_str(out, "name", user->full_name);
		json_member_i64(out, "updated_at", user->updated_ms / MS_PER_S);
	}
	if (scope_has(scope, STR("email")) && user->email.n) {
		json_member_str(out, "email", user->email);
		if (user->email_verified != EMAIL_UNKNOWN)
			json_member_bool(
				out, "email_verified", user->email_verified == EMAIL_VERIFIED);
	}
	if (scope_has(scope, STR("groups"))) {
		struct str rest = user->groups;

		json_key(out, "groups");
		json_open(out, '[');
		while (rest.n)
			json_str(out, str_cut(&rest, '\n'));
		json_close(out, ']');
	}
}

enum err
claims_load(const struct context *cx, struct str scope, struct user *user)
{
	struct str *list;
	struct buf groups;
	size_t count;
	enum err e;

	if (!scope_has(scope, STR("groups")))
		return OK;
	list = arena_array(cx->arena, struct str, GROUPS_OF_USER_MAX);
	if ((e = user_group_list(cx->store, cx->arena, user->id, list, &count)))
		return e;
	buf_init(&groups, cx->arena, GROUPS_MAX);
	for (size_t i = 0; i < count && groups.n + list[i].n < GROUPS_MAX; i++)
		buf_add_printf(&groups, "%.*s\n", STR_ARG(list[i]));
	user->groups = buf_str(&groups);
	return OK;
}

/* Left half of SHA-256, the hash of ES256 and RS256 (section 3.1.3.6).  ID
 * tokens are signed with these two only: for EdDSA the specification names no
 * hash. */
static struct str
at_hash(struct arena *arena, struct str access_token)
{
	struct digest digest = sha256(access_token);

	return base64url(arena, digest.bytes, AT_HASH_SIZE);
}

static void
write_authentication(struct buf *out, const struct id_token_claims *claims)
{
	json_member_i64(out, "auth_time", claims->auth_ms / MS_PER_S);
	if (str_is(claims->amr, "pwd"))
		json_member_str(out, "acr", STR(ACR_PASSWORD));
	if (claims->amr.n)
		json_member_words(out, "amr", claims->amr);
}

static void
write_claims(struct buf *out, const struct context *cx, const struct id_token_claims *claims)
{
	struct str client_id = id_text(cx->arena, claims->client->id);

	json_open(out, '{');
	json_member_str(out, "iss", cx->issuer->url);
	json_member_str(out, "sub", id_text(cx->arena, claims->user->id));
	json_member_str(out, "aud", client_id);
	json_member_str(out, "azp", client_id);
	json_member_i64(out, "iat", cx->now_ms / MS_PER_S);
	json_member_i64(out, "exp", cx->now_ms / MS_PER_S + cx->config->id_token_ttl_s);
	if (claims->auth_ms)
		write_authentication(out, claims);
	if (claims->nonce.n)
		json_member_str(out, "nonce", claims->nonce);
	if (!id_is_zero(claims->session_id))
		json_member_str(out, "sid", id_text(cx->arena, claims->session_id));
	if (claims->access_token.n)
		json_member_str(out, "at_hash", at_hash(cx->arena, claims->access_token));
	claims_of_user(out, claims->user, claims->scope);
	json_close(out, '}');
}

enum err
id_token_make(const struct context *cx, const struct id_token_claims *claims, struct str *ret)
{
	const struct key *key;
	struct buf payload, text;
	enum err e;

	if ((e = issuer_id_token_key(cx->issuer, claims->client->id_token_alg, &key)))
		return e;
	buf_init(&payload, cx->arena, CLAIMS_MAX);
	buf_init(&text, cx->arena, TOKEN_MAX);
	write_claims(&payload, cx, claims);
	if (!buf_ok(&payload))
		return ERR_TOO_LONG;
	if ((e = jws_sign(key, "JWT", buf_str(&payload), &text)))
		return e;
	*ret = buf_str(&text);
	return OK;
}
