/*
 * Microsoft Entra ID.  What differs from other OpenID Connect servers: the issuer of a
 * token depends on the tenant of its person, so that the tenant is judged first; people
 * are known by tenant and object; an address is whatever an admin of any tenant typed,
 * and counts for nothing.
 */
#include "lib/base/base64.h"
#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/crypto/foreign_jwt.h"
#include "lib/signin/dialect.h"

enum { CLAIMS_MAX = 256 * 1024 };

static const struct str any_tenant = STR_INIT("{tenantid}");

static bool
is_one_tenant(const struct upstream_call *c)
{
	return c->provider->tenants.n && !str_has_char(c->provider->tenants, ' ');
}

static struct str
issuer_of(const struct upstream_call *c, struct str tenant)
{
	return str_printf(
		c->cx->arena, "%.*s/%.*s/v2.0", STR_ARG(c->provider->issuer), STR_ARG(tenant));
}

/* The description of many tenants has a placeholder in its issuer. */
enum err
microsoft_locate(struct upstream_call *c, struct upstream_metadata *ret)
{
	struct str tenant = is_one_tenant(c) ? c->provider->tenants : STR("organizations");

	return upstream_discover(
		c, issuer_of(c, tenant), issuer_of(c, is_one_tenant(c) ? tenant : any_tenant), ret);
}

/* The claims of a token that nobody has verified yet. */
static enum err
peek(struct upstream_call *c, struct str token, struct json **ret)
{
	struct str rest = token, text;

	(void)str_cut(&rest, '.');
	*ret = NULL;
	if (base64url_decode(c->cx->arena, str_cut(&rest, '.'), &text) ||
		json_parse(text, CLAIMS_MAX, ret, NULL))
		return upstream_wrong(c, "it gave no ID token");
	return OK;
}

static enum err
judge_tenant(struct upstream_call *c, struct str token, struct str *ret)
{
	struct json *claims;
	enum err e;

	if ((e = peek(c, token, &claims)))
		return e;
	*ret = str_copy(c->cx->arena, json_get_str(claims, "tid"));
	json_free(claims);
	STR_EACH (tenant, c->provider->tenants)
		if (str_eq_nocase(tenant, *ret))
			return OK;
	return diag_set(&c->why, ERR_NOT_A_MEMBER, "the tenant is not one of those configured");
}

static enum err
verify(struct upstream_call *c, const struct upstream_tokens *t, struct str issuer, struct str *ret)
{
	const struct foreign_jwt_rules rules = {
		.issuer = issuer,
		.audience = c->provider->client_id,
		.nonce = t->nonce,
		.access_token = t->access_token,
		.now_s = c->cx->now_ms / MS_PER_S,
	};
	struct str jwks;
	enum err e = ERR_UPSTREAM;

	for (int fresh = 0; fresh < 2; fresh++) {
		if ((e = upstream_keys(c, t->server.jwks_uri, fresh, &jwks)))
			return e;
		e = foreign_jwt_verify(c->cx->arena, jwks, t->id_token, &rules, ret, &c->why);
		if (!e)
			return OK;
	}
	return ERR_UPSTREAM;
}

static void
take_groups(struct upstream_call *c, const struct json *claims, struct assertion *a)
{
	struct buf groups;
	struct str group;

	dialect_groups_begin(c, &groups);
	for (size_t i = 0; json_array_str(claims, "groups", i, &group); i++)
		dialect_groups_add(&groups, group);
	a->groups = buf_str(&groups);
	/* Above two hundred a reference takes the place of the list. */
	a->groups_unknown = json_object_str(claims, "_claim_names", "groups").n > 0;
}

static enum err
read_person(
	struct upstream_call *c, const struct json *claims, struct str tenant, struct assertion *a)
{
	struct str object = json_get_str(claims, "oid");
	struct str name = json_get_str(claims, "preferred_username");
	enum err e;

	if (!object.n)
		object = json_get_str(claims, "sub");
	if ((e = dialect_subject(c, object, &object)))
		return e;
	a->subject = str_printf(c->cx->arena, "%.*s:%.*s", STR_ARG(tenant), STR_ARG(object));
	a->username = str_copy(c->cx->arena, str_cut(&name, '@'));
	a->full_name = str_copy(c->cx->arena, json_get_str(claims, "name"));
	take_groups(c, claims, a);
	return OK;
}

enum err
microsoft_ask(struct upstream_call *c, const struct upstream_tokens *t, struct assertion *ret)
{
	struct assertion a = {.issuer = c->provider->issuer};
	struct json *claims = NULL;
	struct str tenant, text;
	enum err e;

	if ((e = judge_tenant(c, t->id_token, &tenant)) ||
		(e = verify(c, t, issuer_of(c, tenant), &text)))
		return e;
	if (json_parse(text, CLAIMS_MAX, &claims, NULL))
		return upstream_wrong(c, "its ID token is not a JSON document");
	dialect_how(c, claims, &a);
	if (!(e = read_person(c, claims, tenant, &a)))
		*ret = a;
	json_free(claims);
	return e;
}
