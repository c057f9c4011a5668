/* Claims and signature of an access token. */
#include "lib/oauth/token.h"

#include "lib/base/clock.h"
#include "lib/base/json.h"
#include "lib/base/log.h"
#include "lib/config/config.h"
#include "lib/crypto/random.h"
#include "lib/oauth/issuer.h"
#include "lib/oauth/resource.h"

enum { CLAIMS_MAX = 8192, TOKEN_MAX = 16384 };

/* RFC 9068 section 2.2. */
static void
write_claims(struct buf *claims, const struct context *cx, const struct token_grant *grant,
	const struct access_token *row)
{
	json_open(claims, '{');
	json_member_str(claims, "iss", cx->issuer->url);
	json_member_str(claims, "sub", grant->subject);
	resource_write_audience(claims, cx, grant->resource);
	json_member_str(claims, "client_id", id_text(cx->arena, grant->client->id));
	if (grant->scope.n)
		json_member_str(claims, "scope", grant->scope);
	json_member_i64(claims, "iat", row->issued_ms / MS_PER_S);
	json_member_i64(claims, "exp", row->expires_ms / MS_PER_S);
	if (grant->auth_ms)
		json_member_i64(claims, "auth_time", grant->auth_ms / MS_PER_S);
	if (grant->extra_claims.n) {
		json_key(claims, "extra_claims");
		json_raw(claims, grant->extra_claims);
	}
	json_member_str(claims, "jti", id_text(cx->arena, row->id));
	json_close(claims, '}');
}

/* A profile of 0 seconds inherits the general lifetime. */
static int64_t
profile_ttl_s(
	struct str profile, int64_t general, int64_t brief, int64_t standard, int64_t prolonged)
{
	if (str_is(profile, "short"))
		return brief;
	if (str_is(profile, "long"))
		return prolonged;
	return standard ? standard : general;
}

static int64_t
at_most(int64_t ttl_s, int64_t cap_s)
{
	return cap_s && ttl_s > cap_s ? cap_s : ttl_s;
}

int64_t
token_ttl_s(const struct config *c, const struct client *client)
{
	return at_most(profile_ttl_s(client->token_profile, c->access_ttl_s, c->short_access_ttl_s,
			       c->standard_access_ttl_s, c->long_access_ttl_s),
		c->access_ttl_max_s);
}

enum err
token_spread_ttl_s(const struct config *c, const struct client *client, int64_t *ret)
{
	int64_t ttl_s = token_ttl_s(c, client);
	uint32_t more_s = 0;
	enum err e;

	if (c->access_ttl_jitter_s && ttl_s == c->access_ttl_s &&
		!str_is(client->token_profile, "short") && !str_is(client->token_profile, "long") &&
		(e = random_below((uint32_t)c->access_ttl_jitter_s, &more_s)))
		return e;
	*ret = at_most(ttl_s + more_s, c->access_ttl_max_s);
	return OK;
}

int64_t
refresh_ttl_s(const struct config *c, const struct client *client)
{
	return at_most(
		profile_ttl_s(client->token_profile, c->refresh_ttl_s, c->short_refresh_ttl_s,
			c->standard_refresh_ttl_s, c->long_refresh_ttl_s),
		c->refresh_ttl_max_s);
}

/* RFC 9068 section 2.1, or what resource servers of before know. */
static const char *
typ_of(const struct client *client)
{
	return str_is(client->access_token_typ, "JWT") ? "JWT" : "at+jwt";
}

/* Whole seconds, as the claims have them: the row and the token agree. */
static enum err
make_row(const struct context *cx, const struct token_grant *grant, int64_t ttl_s,
	struct access_token *ret)
{
	int64_t issued_ms = cx->now_ms / MS_PER_S * MS_PER_S;

	*ret = (struct access_token){
		.family_id = grant->family_id,
		.scope = grant->scope,
		.resource = grant->resource,
		.issued_ms = issued_ms,
		.expires_ms = issued_ms + ttl_s * MS_PER_S,
	};
	return id_new(cx->now_ms, &ret->id);
}

static enum err
make_by_service(struct context *cx, const struct token_grant *grant, struct token *ret)
{
	const struct token_wish wish = {
		.subject = grant->subject,
		.client_id = grant->client->id,
		.scope = grant->scope,
		.ttl_s = grant->ttl_s,
	};
	struct made_token made;
	struct access_token row;
	enum err e;

	if (grant->extra_claims.n) {
		cx->problem = STR("extra_claims: this client's tokens are made by a service that "
				  "takes none");
		return ERR_INVALID_REQUEST;
	}
	if (grant->made)
		made = *grant->made;
	else if ((e = token_api_generate(cx, &wish, &made)))
		return e;
	if ((e = make_row(cx, grant, made.ttl_s, &row)))
		return e;
	row.digest = sha256(made.text);
	row.is_foreign = true;
	*ret = (struct token){.text = made.text, .expires_in_s = made.ttl_s, .row = row};
	return OK;
}

enum err
token_make(struct context *cx, const struct token_grant *grant, struct token *ret)
{
	struct access_token row;
	struct buf claims, text;
	enum err e;

	if (token_api_makes(cx->config, grant->client, grant->scope))
		return make_by_service(cx, grant, ret);
	if ((e = make_row(cx, grant, grant->ttl_s, &row)))
		return e;
	buf_init(&claims, cx->arena, CLAIMS_MAX);
	buf_init(&text, cx->arena, TOKEN_MAX);
	write_claims(&claims, cx, grant, &row);
	if (!buf_ok(&claims))
		return ERR_TOO_LONG;
	if ((e = jws_sign(cx->issuer->signer, typ_of(grant->client), buf_str(&claims), &text)))
		return e;
	row.digest = sha256(buf_str(&text));
	*ret = (struct token){.text = buf_str(&text), .expires_in_s = grant->ttl_s, .row = row};
	return OK;
}

enum err
token_insert_error(const struct context *cx, const struct access_token *row, enum err e)
{
	if (!row->is_foreign || e != ERR_ROW_EXISTS)
		return e;
	log_warning("the service that makes tokens gave one that is here already",
		log_str("request_id", cx->request_id));
	return ERR_TOKEN_SERVICE;
}
