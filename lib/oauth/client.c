/* Client authentication. */
#include "lib/oauth/client.h"

#include "lib/base/base64.h"
#include "lib/crypto/password.h"
#include "lib/oauth/scope.h"

#include <string.h>

enum { BASIC_MAX = 1024, FOREIGN_SECRET_SIZE = 4 + 52 };

/* What the request claims to be, before anything is believed. */
struct claim {
	const char *method;
	struct str client_id;
	struct str secret;
};

enum err
client_read_basic(
	struct arena *arena, struct str authorization, struct str *ret_id, struct str *ret_secret)
{
	struct str scheme = str_cut(&authorization, ' ');
	struct str pair, user, id, secret;

	if (!str_is_nocase(scheme, "Basic") || authorization.n > BASIC_MAX)
		return ERR_INVALID_CLIENT;
	if (base64_decode(arena, str_trim(authorization), &pair) || !str_has_char(pair, ':'))
		return ERR_INVALID_CLIENT;
	user = str_cut(&pair, ':');
	if (percent_decode(arena, user, true, &id) || percent_decode(arena, pair, true, &secret))
		return ERR_INVALID_CLIENT;
	*ret_id = id;
	*ret_secret = secret;
	return OK;
}

static enum err
read_claim(struct context *cx, struct str authorization, const struct form *form, struct claim *ret)
{
	struct str id = form_get(form, "client_id");
	struct str secret = form_get(form, "client_secret");
	enum err e;

	if (!authorization.n) {
		ret->method = secret.n ? "client_secret_post" : "none";
		ret->client_id = id;
		ret->secret = secret;
		if (id.n)
			return OK;
		cx->problem = STR("client_id is missing");
		return ERR_INVALID_REQUEST;
	}
	if (secret.n) {
		cx->problem = STR("the client authenticates twice: in the header and in the body");
		return ERR_INVALID_REQUEST;
	}
	if ((e = client_read_basic(cx->arena, authorization, &ret->client_id, &ret->secret)))
		return e;
	/* Without a password it only names a public client, as the body could. */
	ret->method = ret->secret.n ? "client_secret_basic" : "none";
	return !id.n || str_eq(id, ret->client_id) ? OK : ERR_INVALID_CLIENT;
}

/* "ago_" and 32 random bytes in base32: nobody can guess it from its SHA-256. */
static bool
is_random(struct str secret)
{
	return str_starts(secret, STR("ago_")) && secret.n == FOREIGN_SECRET_SIZE;
}

static enum err
check_hash(struct context *cx, struct client *client, struct str secret)
{
	enum err e;

	if ((e = context_needs(cx, LANE_HASHER)))
		return e;
	if ((e = password_verify(client->secret_hash, secret)))
		return e == ERR_BAD_CREDENTIALS ? ERR_INVALID_CLIENT : e;
	client->outgrows_hash = is_random(secret);
	client->secret_digest = sha256(secret);
	return OK;
}

static enum err
check_secret(struct context *cx, struct client *client, struct str secret)
{
	struct digest digest = sha256(secret);

	if (client->has_secret_digest && digest_eq(client->secret_digest, digest))
		return OK;
	if (cx->now_ms < client->old_secret_expires_ms &&
		digest_eq(client->old_secret_digest, digest))
		return OK;
	return client->secret_hash.n ? check_hash(cx, client, secret) : ERR_INVALID_CLIENT;
}

/* The registered one; "client_secret" leaves header or body to the client. */
static bool
is_method_right(const struct client *client, const struct claim *claim)
{
	if (str_is(client->auth_method, "client_secret"))
		return strcmp(claim->method, "none") != 0;
	return str_is(client->auth_method, claim->method);
}

static enum err
check_claim(struct context *cx, struct client *client, const struct claim *claim)
{
	if (!is_method_right(client, claim) || !str_is(client->status, "active"))
		return ERR_INVALID_CLIENT;
	return str_is(client->auth_method, "none") ? OK : check_secret(cx, client, claim->secret);
}

void
client_read_ahead(const struct context *cx, struct str authorization, const struct form *form)
{
	struct context quiet = *cx; /* a problem is for client_authenticate to name */
	struct claim claim = {0};
	struct id id;

	if (!read_claim(&quiet, authorization, form, &claim) && !id_parse(claim.client_id, &id))
		client_by_id_ahead(cx->store, id);
}

static enum err
find_claimed(struct context *cx, struct str authorization, const struct form *form,
	struct claim *ret_claim, struct client *ret)
{
	struct id id;
	enum err e;

	if ((e = read_claim(cx, authorization, form, ret_claim)))
		return e;
	if (id_parse(ret_claim->client_id, &id))
		return ERR_INVALID_CLIENT;
	e = client_by_id(cx->store, cx->arena, id, ret);
	return e == ERR_NO_ROW ? ERR_INVALID_CLIENT : e;
}

enum err
client_authenticate(
	struct context *cx, struct str authorization, const struct form *form, struct client *ret)
{
	struct claim claim = {0};
	struct client client = {0};
	enum err e;

	if ((e = find_claimed(cx, authorization, form, &claim, &client)) ||
		(e = check_claim(cx, &client, &claim)))
		return e;
	*ret = client;
	return OK;
}

enum err
client_identify(struct context *cx, struct str authorization, const struct form *form,
	struct client *ret, bool *ret_proven)
{
	struct claim claim = {0};
	struct client client = {0};
	bool only_named;
	enum err e;

	if ((e = find_claimed(cx, authorization, form, &claim, &client)))
		return e;
	only_named = strcmp(claim.method, "none") == 0 && str_is(client.status, "active");
	if (!only_named && (e = check_claim(cx, &client, &claim)))
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
