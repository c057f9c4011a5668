/* The table of ways, and what each of them reads and compares. */
#include "lib/oauth/client_way.h"

#include "lib/base/base64.h"
#include "lib/crypto/password.h"
#include "lib/oauth/client.h"

#include <string.h>

enum { BASIC_MAX = 1024, FOREIGN_SECRET_SIZE = 4 + 52 };

/* ---- client_secret_basic ---- */

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

/* The name in the body, if there is one, must be the same. */
static enum err
read_header(struct context *cx, const struct proof *p, struct claim *ret)
{
	struct str named = form_get(p->form, "client_id");
	enum err e = client_read_basic(cx->arena, p->header, &ret->client_id, &ret->secret);

	if (e)
		return e;
	return !named.n || str_eq(named, ret->client_id) ? OK : ERR_INVALID_CLIENT;
}

/* Without a password it only names a client: see claim_name. */
static enum err
claim_by_header(struct context *cx, const struct proof *p, struct claim *ret)
{
	enum err e;

	if (!p->header.n)
		return ERR_NO_ROW;
	if ((e = read_header(cx, p, ret)))
		return e;
	return ret->secret.n ? OK : ERR_NO_ROW;
}

/* ---- client_secret_post ---- */

static enum err
claim_by_body(struct context *cx, const struct proof *p, struct claim *ret)
{
	ret->secret = form_get(p->form, "client_secret");
	ret->client_id = form_get(p->form, "client_id");
	if (!ret->secret.n)
		return ERR_NO_ROW;
	/* With a header the claim is the second, and refused as such. */
	if (ret->client_id.n || p->header.n)
		return OK;
	cx->problem = STR("client_id is missing");
	return ERR_INVALID_REQUEST;
}

/* ---- secrets ---- */

/* "ago_" and 32 random bytes in base32: nobody can guess it from its SHA-256. */
static bool
is_random(struct str secret)
{
	return str_starts(secret, STR("ago_")) && secret.n == FOREIGN_SECRET_SIZE;
}

static enum err
prove_by_hash(struct context *cx, struct client *client, struct str secret)
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
prove_secret(
	struct context *cx, const struct proof *p, const struct claim *claim, struct client *client)
{
	struct digest digest = sha256(claim->secret);

	(void)p;
	if (client->has_secret_digest && digest_eq(client->secret_digest, digest))
		return OK;
	if (cx->now_ms < client->old_secret_expires_ms &&
		digest_eq(client->old_secret_digest, digest))
		return OK;
	return client->secret_hash.n ? prove_by_hash(cx, client, claim->secret)
				     : ERR_INVALID_CLIENT;
}

/* ---- none ---- */

/* Of the header or of the body.  oidc-agent names public clients by a header without a
 * password. */
static enum err
claim_name(struct context *cx, const struct proof *p, struct claim *ret)
{
	if (p->header.n)
		return read_header(cx, p, ret);
	ret->client_id = form_get(p->form, "client_id");
	return ret->client_id.n ? OK : ERR_NO_ROW;
}

static enum err
prove_nothing(
	struct context *cx, const struct proof *p, const struct claim *claim, struct client *client)
{
	(void)cx;
	(void)p;
	(void)claim;
	(void)client;
	return OK;
}

/* ---- choosing ---- */

/* Not counting the last, which a request "uses" whenever it names a client. */
enum err
client_way_claimed(struct context *cx, const struct proof *p, struct claim *ret)
{
	const struct client_way *name_only = &client_ways[client_ways_count - 1];
	struct claim found = {.way = NULL};
	enum err result = ERR_NO_ROW;

	for (const struct client_way *way = client_ways; way < name_only; way++) {
		struct claim claim = {.way = way};
		enum err e = way->claims(cx, p, &claim);

		if (e == ERR_NO_ROW)
			continue;
		if (found.way) {
			cx->problem = STR("the client authenticates twice: "
					  "in the header and in the body");
			return ERR_INVALID_REQUEST;
		}
		found = claim;
		result = e;
	}
	if (!found.way) {
		found.way = name_only;
		result = name_only->claims(cx, p, &found);
	}
	if (result == ERR_NO_ROW) {
		cx->problem = STR("client_id is missing");
		return ERR_INVALID_CLIENT;
	}
	if (!result)
		*ret = found;
	return result;
}

bool
client_way_is_registered(const struct client *client, const struct claim *claim)
{
	if (str_is(client->auth_method, "client_secret"))
		return claim->way->prove == prove_secret;
	return str_is(client->auth_method, claim->way->name);
}

const struct client_way client_ways[] = {
	{.name = "client_secret_basic", .claims = claim_by_header, .prove = prove_secret},
	{.name = "client_secret_post", .claims = claim_by_body, .prove = prove_secret},
	{.name = "none", .claims = claim_name, .prove = prove_nothing},
};
const size_t client_ways_count = countof(client_ways);
