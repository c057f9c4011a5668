/* Making and changing clients. */
#include "lib/oauth/client_admin.h"

#include "lib/audit/audit.h"
#include "lib/base/base64.h"
#include "lib/base/clock.h"
#include "lib/base/url.h"
#include "lib/crypto/key.h"
#include "lib/crypto/random.h"
#include "lib/oauth/redirect.h"
#include "lib/oauth/scope.h"

enum { NAME_MAX_BYTES = 128, SECRET_SIZE = 32, LIST_MAX = 8192 };

static const char default_scopes[] = "openid profile email";

static const struct {
	const char *brief;
	const char *grant_type;
} grant_names[] = {
	{"device", "urn:ietf:params:oauth:grant-type:device_code"},
	{"device_code", "urn:ietf:params:oauth:grant-type:device_code"},
	{"code", "authorization_code"},
	{"auth_code", "authorization_code"},
	{"refresh", "refresh_token"},
	{"client", "client_credentials"},
};
static const char *const grant_types[] = {"urn:ietf:params:oauth:grant-type:device_code",
	"authorization_code", "refresh_token", "client_credentials"};

static enum err
wrong(struct context *cx, const char *format, struct str value)
{
	cx->problem = str_printf(cx->arena, "%s: %.*s", format, STR_ARG(str_first(value, 200)));
	return ERR_INVALID_CLIENT_METADATA;
}

/* ---- checking ---- */

static struct str
full_grant_name(struct str word)
{
	for (size_t i = 0; i < countof(grant_names); i++)
		if (str_is(word, grant_names[i].brief))
			return str_of(grant_names[i].grant_type);
	return word;
}

static bool
is_grant_type(struct str word)
{
	for (size_t i = 0; i < countof(grant_types); i++)
		if (str_is(word, grant_types[i]))
			return true;
	return false;
}

static enum err
fill_grants(struct context *cx, struct str words, struct client *c)
{
	struct buf grants;

	buf_init(&grants, cx->arena, LIST_MAX);
	STR_EACH (word, words) {
		struct str grant = full_grant_name(word);

		if (!is_grant_type(grant))
			return wrong(cx, "no such grant", word);
		if (scope_has(buf_str(&grants), grant))
			continue;
		if (grants.n)
			buf_add_char(&grants, ' ');
		buf_add(&grants, grant);
	}
	c->grants = buf_str(&grants);
	if (!c->grants.n)
		return wrong(cx, "a client needs a grant", STR("none given"));
	return OK;
}

static enum err
fill_type(struct context *cx, const struct client_spec *spec, struct client *c)
{
	bool public = str_is(spec->type, "public");

	if (spec->type.n && !public && !str_is(spec->type, "confidential"))
		return wrong(cx, "type is public or confidential, not", spec->type);
	c->type = public ? STR("public") : STR("confidential");
	c->auth_method = public ? STR("none") : STR("client_secret");
	if (spec->auth_method.n)
		c->auth_method = spec->auth_method;
	if (public != str_is(c->auth_method, "none") ||
		(!public && !scope_has(STR("client_secret client_secret_basic client_secret_post"),
				    c->auth_method)))
		return wrong(cx, "this type of client cannot authenticate by", c->auth_method);
	if (public && scope_has(c->grants, STR("client_credentials")))
		return wrong(cx, "a public client cannot use", STR("client_credentials"));
	return OK;
}

/* On the computer of its user: private-use scheme or loopback address. */
static bool
looks_native(struct str uris)
{
	STR_EACH (uri, uris) {
		struct url url;

		if (!url_parse(uri, &url, NULL) &&
			(!str_starts(url.scheme, STR("http")) || url_is_loopback(&url)))
			return true;
	}
	return false;
}

static enum err
check_uris(struct context *cx, struct str uris, bool native)
{
	STR_EACH (uri, uris) {
		struct diag diag = {""};
		enum err e = redirect_may_register(uri, native, &diag);

		if (e) {
			cx->problem = str_printf(
				cx->arena, "%.*s: %s", STR_ARG(str_first(uri, 200)), diag.text);
			return e;
		}
	}
	return OK;
}

static enum err
fill_uris(struct context *cx, const struct client_spec *spec, struct client *c)
{
	bool native = str_is(spec->application_type, "native") ||
		      (!spec->application_type.n && looks_native(spec->redirect_uris));
	enum err e;

	c->application_type = native ? STR("native") : STR("web");
	c->redirect_uris = spec->redirect_uris;
	c->post_logout_redirect_uris = spec->post_logout_redirect_uris;
	c->backchannel_logout_uri = spec->backchannel_logout_uri;
	if ((e = check_uris(cx, c->redirect_uris, native)) ||
		(e = check_uris(cx, c->post_logout_redirect_uris, native)) ||
		(e = check_uris(cx, c->backchannel_logout_uri, false)))
		return e;
	if (scope_has(c->grants, STR("authorization_code")) && !c->redirect_uris.n)
		return wrong(cx, "this grant needs a redirect URI", STR("authorization_code"));
	return OK;
}

static enum err
fill_rest(struct context *cx, const struct client_spec *spec, struct client *c)
{
	struct str scopes = spec->scopes.n ? spec->scopes : str_of(default_scopes);
	enum key_alg alg;

	if (!spec->name.n || spec->name.n > NAME_MAX_BYTES || !str_is_utf8(spec->name))
		return wrong(cx, "a name has 1 to 128 bytes of UTF-8", spec->name);
	if (scope_grant(cx->arena, scopes, scopes, &c->scopes))
		return wrong(cx, "scopes are words of printable characters", scopes);
	c->token_profile = spec->token_profile.n ? spec->token_profile : STR("standard");
	if (!scope_has(STR("short standard long"), c->token_profile))
		return wrong(cx, "token_profile is short, standard or long, not", c->token_profile);
	if (spec->id_token_alg.n &&
		(key_alg_parse(spec->id_token_alg, &alg) || (alg != KEY_ES256 && alg != KEY_RS256)))
		return wrong(cx, "id_token_alg is ES256 or RS256, not", spec->id_token_alg);
	c->id_token_alg = spec->id_token_alg;
	c->name = spec->name;
	c->require_pkce = spec->require_pkce;
	return OK;
}

/* ---- creation ---- */

static enum err
make_secret(struct context *cx, struct str *ret_secret, struct digest *ret_digest)
{
	unsigned char bytes[SECRET_SIZE];
	enum err e;

	if ((e = random_bytes(bytes, sizeof bytes)))
		return e;
	*ret_secret = base64url(cx->arena, bytes, sizeof bytes);
	*ret_digest = sha256(*ret_secret);
	wipe(bytes, sizeof bytes);
	return OK;
}

enum err
client_creation_prepare(
	struct context *cx, const struct client_spec *spec, struct client_creation *ret)
{
	struct client_creation creation = {
		.cx = cx,
		.client =
			{
				.status = STR("active"),
				.created_ms = cx->now_ms,
				.updated_ms = cx->now_ms,
			},
	};
	struct client *c = &creation.client;
	enum err e;

	if ((e = fill_grants(cx, spec->grants, c)) || (e = fill_type(cx, spec, c)) ||
		(e = fill_uris(cx, spec, c)) || (e = fill_rest(cx, spec, c)) ||
		(e = id_new(cx->now_ms, &c->id)))
		return e;
	c->has_secret_digest = str_is(c->type, "confidential");
	if (c->has_secret_digest && (e = make_secret(cx, &creation.secret, &c->secret_digest)))
		return e;
	*ret = creation;
	return OK;
}

static enum err
audit_client(struct store *s, const struct context *cx, enum audit_event event, struct id id,
	struct str detail)
{
	struct audit_record record = {
		.event = event,
		.actor = cx->actor,
		.target = audit_actor_client(cx->arena, id),
		.detail = detail,
	};

	return audit_write(s, cx, &record);
}

enum err
client_creation_store(struct store *s, void *arg)
{
	const struct client_creation *c = arg;
	enum err e = client_insert(s, &c->client);

	return e ? e
		 : audit_client(
			   s, c->cx, AUDIT_EVENT_CLIENT_CREATED, c->client.id, c->client.grants);
}

/* ---- changes ---- */

struct client_spec
client_spec_of(const struct client *c)
{
	return (struct client_spec){
		.name = c->name,
		.type = c->type,
		.auth_method = c->auth_method,
		.application_type = c->application_type,
		.grants = c->grants,
		.scopes = c->scopes,
		.redirect_uris = c->redirect_uris,
		.post_logout_redirect_uris = c->post_logout_redirect_uris,
		.backchannel_logout_uri = c->backchannel_logout_uri,
		.token_profile = c->token_profile,
		.id_token_alg = c->id_token_alg,
		.require_pkce = c->require_pkce,
	};
}

enum err
client_edit_prepare(struct context *cx, const struct client *was, const struct client_spec *spec,
	struct client_edit *ret)
{
	struct client_edit edit = {.cx = cx, .client = *was, .was_updated_ms = was->updated_ms};
	struct client *c = &edit.client;
	enum err e;

	if (!str_eq(spec->type, was->type))
		return wrong(cx, "the type stays what it is", was->type);
	if ((e = fill_grants(cx, spec->grants, c)) || (e = fill_type(cx, spec, c)) ||
		(e = fill_uris(cx, spec, c)) || (e = fill_rest(cx, spec, c)))
		return e;
	/* Always later: the instant is also the version. */
	c->updated_ms = cx->now_ms > was->updated_ms ? cx->now_ms : was->updated_ms + 1;
	*ret = edit;
	return OK;
}

enum err
client_edit_store(struct store *s, void *arg)
{
	const struct client_edit *edit = arg;
	enum err e = client_update(s, &edit->client, edit->was_updated_ms);

	if (e)
		return e == ERR_NO_ROW ? ERR_RACE : e;
	return audit_client(
		s, edit->cx, AUDIT_EVENT_CLIENT_UPDATED, edit->client.id, STR("edited"));
}

static enum err
hold(struct store *s, struct id id, int64_t held_ms)
{
	enum err e = held_ms ? client_hold(s, id, held_ms) : OK;

	return e == ERR_NO_ROW ? ERR_RACE : e;
}

enum err
client_rotation_prepare(struct context *cx, const struct client *client, int64_t keep_old_s,
	struct client_rotation *ret)
{
	struct client_rotation r = {.cx = cx, .client = *client};
	enum err e;

	if (!str_is(client->type, "confidential"))
		return wrong(cx, "a public client has no secret", client->name);
	if (keep_old_s && !client->has_secret_digest)
		return wrong(cx, "a secret from elsewhere cannot be kept", client->name);
	if (keep_old_s)
		r.old_expires_ms = cx->now_ms + keep_old_s * MS_PER_S;
	if ((e = make_secret(cx, &r.secret, &r.digest)))
		return e;
	*ret = r;
	return OK;
}

enum err
client_rotation_store(struct store *s, void *arg)
{
	const struct client_rotation *r = arg;
	struct str detail = r->old_expires_ms ? STR("the old one is kept") : STR_NONE;
	enum err e;

	if ((e = hold(s, r->client.id, r->held_ms)) ||
		(e = client_set_secret(
			 s, r->client.id, &r->digest, r->old_expires_ms, r->cx->now_ms)))
		return e;
	return audit_client(s, r->cx, AUDIT_EVENT_CLIENT_SECRET_ROTATED, r->client.id, detail);
}

static enum err
decide(struct store *s, const struct client_status_change *c)
{
	bool approves = str_is(c->status, "active");
	enum err e = client_decide(s, c->id, c->status, c->cx->now_ms);

	if (e)
		return e == ERR_NO_ROW ? ERR_CONFLICT : e;
	return audit_client(s, c->cx,
		approves ? AUDIT_EVENT_CLIENT_APPROVED : AUDIT_EVENT_CLIENT_REJECTED, c->id,
		STR_NONE);
}

enum err
client_status_store(struct store *s, void *arg)
{
	const struct client_status_change *c = arg;
	enum err e;

	if ((e = hold(s, c->id, c->held_ms)))
		return e;
	if (c->is_decision)
		return decide(s, c);
	if ((e = client_set_status(s, c->id, c->status, c->cx->now_ms)))
		return e;
	return audit_client(s, c->cx, AUDIT_EVENT_CLIENT_UPDATED, c->id, c->status);
}

enum err
client_deletion_store(struct store *s, void *arg)
{
	const struct client_deletion *c = arg;
	enum err e;

	if ((e = hold(s, c->id, c->held_ms)) || (e = client_delete(s, c->id)))
		return e;
	return audit_client(s, c->cx, AUDIT_EVENT_CLIENT_DELETED, c->id, STR_NONE);
}
