/* What a client may have said in its access tokens. */
#include "lib/oauth/extra_claims.h"

#include "lib/base/json.h"
#include "lib/config/config.h"
#include "lib/oauth/client.h"

#include <strings.h>

/* Registered JWT claims that servers judge by (IANA), what else is commonly
 * judged by, and the Go original's own. */
static const char reserved[] =
	/* RFC 7519, 7800, 8417, 8693, 9068, 9396, 9449 */
	"iss sub aud exp nbf iat jti cnf act may_act client_id scope scp roles groups entitlements "
	"authorization_details events toe txn htm htu ath "
	/* OpenID Connect */
	"azp amr acr auth_time nonce at_hash c_hash s_hash sid name given_name family_name "
	"middle_name nickname preferred_username profile picture website email email_verified "
	"gender birthdate zoneinfo locale phone_number phone_number_verified address updated_at "
	"sub_jwk _claim_names _claim_sources verified_claims "
	/* introspection (RFC 7662) */
	"active username token_type token_introspection "
	/* in use without registration */
	"type typ token_use user_id uid role group permissions scopes privileges admin is_admin "
	"realm_access resource_access tenant tid oid upn unique_name extra_claims domain project "
	"service_account";

struct reader {
	struct context *cx;
	struct buf out;
	int64_t count;
};

bool
extra_claims_is_reserved(struct str name)
{
	STR_EACH (word, str_of(reserved))
		if (word.n == name.n && strncasecmp(word.p, name.p, name.n) == 0)
			return true;
	return false;
}

static enum err
refuse(struct context *cx, const char *why)
{
	cx->problem = str_printf(cx->arena, "extra_claims: %s", why);
	return ERR_INVALID_REQUEST;
}

/* Limits of 0 mean the built-in ones. */
static int64_t
limit_of(int64_t configured, int64_t most)
{
	return configured > 0 && configured < most ? configured : most;
}

static bool
is_name(struct str s)
{
	for (size_t i = 0; i < s.n; i++) {
		char c = s.p[i];
		bool alnum = (c >= '0' && c <= '9') || ((c | 0x20) >= 'a' && (c | 0x20) <= 'z');

		if (!alnum && c != '_' && c != '-' && c != '.' && c != ':' && c != '/')
			return false;
	}
	return s.n > 0 && s.n <= EXTRA_CLAIM_NAME_MAX;
}

static enum err
take_member(struct str name, struct str value, void *context)
{
	struct reader *r = context;
	const struct config *c = r->cx->config;

	if (++r->count > limit_of(c->extra_claims_max_keys, EXTRA_CLAIMS_KEYS_MAX))
		return refuse(r->cx, "too many claims");
	if (!is_name(name))
		return refuse(r->cx, "a name is 1 to 64 letters, digits and _ - . : /");
	if (extra_claims_is_reserved(name))
		return refuse(r->cx, "a name in it is reserved");
	if ((int64_t)value.n > limit_of(c->extra_claims_max_val_size, EXTRA_CLAIMS_MAX))
		return refuse(r->cx, "a value in it is too long");
	json_key(&r->out, str_c(r->cx->arena, name));
	json_raw(&r->out, value);
	return OK;
}

static enum err
read_object(struct context *cx, const struct json *doc, struct str *ret)
{
	struct reader r = {.cx = cx};
	enum err e;

	if (!json_is_map(doc))
		return refuse(cx, "expected a JSON object");
	buf_init(&r.out, cx->arena, EXTRA_CLAIMS_MAX);
	json_open(&r.out, '{');
	if ((e = json_each_member(doc, take_member, &r)))
		return e;
	json_close(&r.out, '}');
	if (!buf_ok(&r.out))
		return refuse(cx, "too long");
	*ret = r.count ? buf_str(&r.out) : STR_NONE;
	return OK;
}

enum err
extra_claims_read(
	struct context *cx, const struct client *client, struct str parameter, struct str *ret)
{
	const struct config *c = cx->config;
	struct diag diag = {""};
	struct json *doc;
	enum err e;

	*ret = STR_NONE;
	parameter = str_trim(parameter);
	if (!parameter.n || str_is(parameter, "null"))
		return OK;
	if (!c->extra_claims_enabled)
		return refuse(cx, "not enabled on this server");
	if (client_is_public(client))
		return refuse(cx, "only for clients with a secret");
	if (json_parse(parameter, (size_t)limit_of(c->extra_claims_max_raw_size, EXTRA_CLAIMS_MAX),
		    &doc, &diag))
		return refuse(cx, diag.text);
	e = read_object(cx, doc, ret);
	json_free(doc);
	return e;
}
