/* Any server that speaks OpenID Connect: what it signs is believed, after checking. */
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/crypto/foreign_jwt.h"
#include "lib/signin/dialect.h"
#include "lib/signin/groups.h"

enum { GROUPS_MAX = 64 * 1024, CLAIMS_MAX = 256 * 1024 };

enum err
oidc_locate(struct upstream_call *c, struct upstream_metadata *ret)
{
	return upstream_discover(c, c->provider->issuer, c->provider->issuer, ret);
}

/* A key that is not among those that are remembered may be a new one. */
static enum err
verify(struct upstream_call *c, const struct upstream_tokens *t, struct str *ret_claims)
{
	const struct foreign_jwt_rules rules = {
		.issuer = t->server.issuer,
		.audience = c->provider->client_id,
		.nonce = t->nonce,
		.access_token = t->access_token,
		.now_s = c->cx->now_ms / MS_PER_S,
	};
	struct str jwks;
	enum err e;

	if (!t->id_token.n)
		return upstream_wrong(c, "it gave no ID token");
	if ((e = upstream_keys(c, t->server.jwks_uri, false, &jwks)))
		return e;
	if (!foreign_jwt_verify(c->cx->arena, jwks, t->id_token, &rules, ret_claims, &c->why))
		return OK;
	if ((e = upstream_keys(c, t->server.jwks_uri, true, &jwks)))
		return e;
	e = foreign_jwt_verify(c->cx->arena, jwks, t->id_token, &rules, ret_claims, &c->why);
	return e ? ERR_UPSTREAM : OK;
}

static void
take_groups(struct arena *arena, const struct json *claims, const char *name, struct str *ret)
{
	struct buf groups;
	struct str group;

	buf_init(&groups, arena, GROUPS_MAX);
	for (size_t i = 0; json_array_str(claims, name, i, &group); i++)
		dialect_groups_add(&groups, group);
	if (groups.n && buf_ok(&groups))
		*ret = buf_str(&groups);
}

static void
take_text(struct arena *arena, const struct json *claims, const char *name, struct str *ret)
{
	struct str text = json_get_str(claims, name);

	if (text.n && !ret->n)
		*ret = str_copy(arena, text);
}

/* Once from what was signed, once from userinfo for what is missing. */
static void
take_claims(struct upstream_call *c, const struct json *claims, struct assertion *a)
{
	struct arena *arena = c->cx->arena;

	if (!a->email.n && json_get_str(claims, "email").n) {
		take_text(arena, claims, "email", &a->email);
		a->email_verified = json_get_bool(claims, "email_verified", false);
	}
	take_text(arena, claims, str_c(arena, c->provider->username_claim), &a->username);
	take_text(arena, claims, "name", &a->full_name);
	if (!a->groups.n)
		take_groups(arena, claims, str_c(arena, c->provider->groups_claim), &a->groups);
}

/* OpenID Connect Core section 5.3.2: of the same subject, or not at all. */
static enum err
ask_userinfo(struct upstream_call *c, const struct upstream_tokens *t, struct assertion *a)
{
	struct json *claims = NULL;
	enum err e;

	if ((e = dialect_get(c, t, t->server.userinfo_endpoint, &claims)))
		return e;
	if (str_eq(json_get_str(claims, "sub"), a->subject))
		take_claims(c, claims, a);
	else
		e = upstream_wrong(c, "its userinfo is of somebody else");
	json_free(claims);
	return e;
}

enum err
oidc_ask(struct upstream_call *c, const struct upstream_tokens *t, struct assertion *ret)
{
	struct assertion a = {.issuer = t->server.issuer};
	struct json *claims = NULL;
	struct str text;
	enum err e;

	if ((e = verify(c, t, &text)))
		return e;
	if (json_parse(text, CLAIMS_MAX, &claims, NULL))
		return upstream_wrong(c, "its ID token is not a JSON document");
	if (!(e = dialect_subject(c, json_get_str(claims, "sub"), &a.subject)))
		take_claims(c, claims, &a);
	dialect_how(c, claims, &a);
	json_free(claims);
	if (!e && t->server.userinfo_endpoint.n &&
		(!a.email.n || !a.username.n || (groups_matter(c->provider) && !a.groups.n)))
		e = ask_userinfo(c, t, &a);
	if (!e)
		*ret = a;
	return e;
}
