/* Registration and its management. */
#include "lib/oauth/register.h"

#include "lib/audit/audit.h"
#include "lib/base/base64.h"
#include "lib/base/clock.h"
#include "lib/base/holds.h"
#include "lib/config/config.h"
#include "lib/crypto/random.h"
#include "lib/oauth/client.h"
#include "lib/oauth/issuer.h"

enum { SECRET_SIZE = 32, TOKEN_MAX = 512, ANSWER_MAX = 128 * 1024 };

/* What a change needs; it outlives the function that makes it. */
struct registering {
	struct context *cx;
	struct client_metadata metadata;
	struct str was; /* the status before an update */
};

/* ---- tokens and secrets ---- */

static enum err
make_secret(struct arena *arena, struct str *ret_text, struct digest *ret_digest)
{
	uint8_t bytes[SECRET_SIZE];
	enum err e;

	if ((e = random_bytes(bytes, sizeof bytes)))
		return e;
	*ret_text = base64url(arena, bytes, sizeof bytes);
	*ret_digest = sha256(*ret_text);
	wipe(bytes, sizeof bytes);
	return OK;
}

/* RFC 6750 section 2.1; empty if there is none. */
static struct str
bearer_of(struct str authorization)
{
	struct str scheme = str_cut(&authorization, ' ');

	if (!str_is_nocase(scheme, "Bearer") || authorization.n > TOKEN_MAX)
		return STR_NONE;
	return str_trim(authorization);
}

enum err
register_permit(const struct context *cx, struct str authorization)
{
	struct str token = bearer_of(authorization);

	if (!cx->config->registration_enabled)
		return ERR_REGISTRATION_OFF;
	if (!cx->config->registration_token.n)
		return OK;
	/* Digests are of one length, whatever was sent. */
	return token.n && digest_eq(sha256(token), sha256(cx->config->registration_token))
		       ? OK
		       : ERR_INVALID_TOKEN;
}

/* ---- the answer ---- */

/* Section 3.2.1 of RFC 7591; section 3 of RFC 7592. */
static enum err
write_answer(const struct context *cx, const struct client_metadata *m, struct str secret,
	struct str token, struct str *ret)
{
	struct str id = id_text(cx->arena, m->client.id);
	struct buf out;

	buf_init(&out, cx->arena, ANSWER_MAX);
	json_open(&out, '{');
	json_member_str(&out, "client_id", id);
	json_member_i64(&out, "client_id_issued_at", m->client.created_ms / MS_PER_S);
	if (secret.n)
		json_member_str(&out, "client_secret", secret);
	if (!client_is_public(&m->client))
		json_member_i64(&out, "client_secret_expires_at", 0);
	json_member_str(&out, "registration_client_uri",
		str_printf(cx->arena, "%.*s/oauth/register/%.*s", STR_ARG(cx->issuer->url),
			STR_ARG(id)));
	json_member_str(&out, "registration_access_token", token);
	client_metadata_write(&out, m);
	json_close(&out, '}');
	*ret = buf_str(&out);
	return buf_ok(&out) ? OK : ERR_TOO_LONG;
}

static enum err
write_audit(struct store *s, const struct registering *r, enum audit_event event, struct str actor)
{
	struct arena *arena = r->cx->arena;
	const struct client *c = &r->metadata.client;
	struct audit_record record = {
		.event = event,
		.actor = actor,
		.target = audit_actor_client(arena, c->id),
		.detail = str_printf(arena, "type=%.*s status=%.*s name=%.*s redirect_uris=%.*s",
			STR_ARG(c->type), STR_ARG(c->status), STR_ARG(c->name),
			STR_ARG(c->redirect_uris)),
	};

	return audit_write(s, r->cx, &record);
}

static enum err
read_body(struct context *cx, struct str body, struct json **ret)
{
	struct json *doc;
	struct diag diag = {""};

	if (json_parse(body, CLIENT_METADATA_MAX, &doc, &diag)) {
		cx->problem = str_copy(cx->arena, str_of(diag.text));
		return ERR_INVALID_REQUEST;
	}
	if (!json_is_map(doc)) {
		json_free(doc);
		cx->problem = STR("The body must be a JSON object.");
		return ERR_INVALID_REQUEST;
	}
	*ret = doc;
	return OK;
}

/* ---- creating ---- */

/* Concurrent registrations on several nodes may pass the limit by their number. */
static enum err
check_quota(struct store *s, const struct registering *r)
{
	int64_t unused;
	enum err e;

	if ((e = registration_count_unused(s, &unused)))
		return e;
	if (unused < r->cx->config->registration_unused_max)
		return OK;
	r->cx->problem = STR("Too many registered clients wait for their first use.");
	return ERR_TOO_MANY_REQUESTS;
}

static enum err
store_new(struct store *s, void *arg)
{
	const struct registering *r = arg;
	enum err e;

	HOLDS(id_eq(r->metadata.client.id, r->metadata.registration.client_id));
	if ((e = check_quota(s, r)) || (e = client_insert(s, &r->metadata.client)) ||
		(e = registration_set(s, &r->metadata.registration)))
		return e;
	return write_audit(s, r, AUDIT_EVENT_CLIENT_REGISTERED, AUDIT_ANONYMOUS);
}

static enum err
complete(struct registering *r, struct str *ret_secret, struct str *ret_token)
{
	struct client *c = &r->metadata.client;
	struct registration *registration = &r->metadata.registration;
	enum err e;

	if ((e = id_new(r->cx->now_ms, &c->id)) ||
		(e = make_secret(r->cx->arena, ret_token, &registration->digest)))
		return e;
	c->status = r->cx->config->registration_approval ? STR("pending") : STR("active");
	c->created_ms = c->updated_ms = r->cx->now_ms;
	registration->client_id = c->id;
	registration->has_digest = true;
	if (client_is_public(c))
		return OK;
	c->has_secret_digest = true;
	return make_secret(r->cx->arena, ret_secret, &c->secret_digest);
}

enum err
register_create(struct context *cx, struct str body, struct register_answer *ret)
{
	struct registering *r = arena_new(cx->arena, struct registering);
	struct str secret = STR_NONE, token;
	struct json *doc;
	enum err e;

	if ((e = read_body(cx, body, &doc)))
		return e;
	r->cx = cx;
	e = client_metadata_read(cx, doc, &r->metadata);
	json_free(doc);
	if (e || (e = complete(r, &secret, &token)))
		return e;
	*ret = (struct register_answer){.change = store_new, .change_arg = r};
	return write_answer(cx, &r->metadata, secret, token, &ret->body);
}

/* ---- managing ---- */

static enum err
find_registration(const struct context *cx, struct id id, struct client_metadata *ret)
{
	enum err e = registration_by_id(cx->store, cx->arena, id, &ret->registration);

	if (!e)
		e = client_by_id(cx->store, cx->arena, id, &ret->client);
	return e == ERR_NO_ROW ? ERR_INVALID_TOKEN : e;
}

enum err
register_authenticate(
	struct context *cx, struct str client_id, struct str authorization, struct registered *ret)
{
	struct registered found = {.token = bearer_of(authorization)};
	struct id id;
	enum err e;

	if (!cx->config->registration_enabled)
		return ERR_REGISTRATION_OFF;
	if (!found.token.n || id_parse(client_id, &id))
		return ERR_INVALID_TOKEN;
	if ((e = find_registration(cx, id, &found.metadata)))
		return e;
	if (!found.metadata.registration.has_digest ||
		!digest_eq(found.metadata.registration.digest, sha256(found.token)))
		return ERR_INVALID_TOKEN;
	*ret = found;
	return OK;
}

enum err
register_show(struct context *cx, const struct registered *x, struct register_answer *ret)
{
	*ret = (struct register_answer){.change = NULL};
	return write_answer(cx, &x->metadata, STR_NONE, x->token, &ret->body);
}

static enum err
problem(struct context *cx, enum err e, const char *text)
{
	cx->problem = str_of(text);
	return e;
}

/* Section 2.2 of RFC 7592: what the client must send, and must not. */
static enum err
check_update(struct context *cx, const struct client *client, const struct json *doc)
{
	static const char *const ours[] = {"registration_access_token", "registration_client_uri",
		"client_secret_expires_at", "client_id_issued_at"};
	struct str secret = json_get_str(doc, "client_secret");

	for (size_t i = 0; i < countof(ours); i++)
		if (json_kind(doc, ours[i]) != JSON_IS_ABSENT)
			return problem(cx, ERR_INVALID_REQUEST,
				str_c(cx->arena,
					str_printf(cx->arena, "%s is not the client's to set",
						ours[i])));
	if (!str_eq(json_get_str(doc, "client_id"), id_text(cx->arena, client->id)))
		return problem(cx, ERR_INVALID_REQUEST, "client_id must be that of the address");
	if (json_kind(doc, "client_secret") == JSON_IS_ABSENT)
		return OK;
	if (!client->has_secret_digest || !digest_eq(client->secret_digest, sha256(secret)))
		return problem(cx, ERR_INVALID_REQUEST, "client_secret is not the issued one");
	return OK;
}

/* What an administrator has looked at, contacts apart. */
static bool
is_same(const struct client_metadata *a, const struct client_metadata *b)
{
	const struct {
		struct str a, b;
	} pairs[] = {
		{a->client.name, b->client.name},
		{a->client.auth_method, b->client.auth_method},
		{a->client.grants, b->client.grants},
		{a->client.scopes, b->client.scopes},
		{a->client.redirect_uris, b->client.redirect_uris},
		{a->client.application_type, b->client.application_type},
		{a->client.id_token_alg, b->client.id_token_alg},
		{a->client.post_logout_redirect_uris, b->client.post_logout_redirect_uris},
		{a->client.backchannel_logout_uri, b->client.backchannel_logout_uri},
		{a->registration.client_uri, b->registration.client_uri},
		{a->registration.logo_uri, b->registration.logo_uri},
	};

	for (size_t i = 0; i < countof(pairs); i++)
		if (!str_eq(pairs[i].a, pairs[i].b))
			return false;
	return true;
}

/* The rest stays as it was: an update changes neither identity nor secrets. */
static enum err
merge(struct registering *r, const struct client_metadata *before)
{
	struct client *c = &r->metadata.client;

	if (!str_eq(c->type, before->client.type))
		return problem(r->cx, ERR_INVALID_CLIENT_METADATA,
			"token_endpoint_auth_method: a client with a secret keeps it, one without "
			"gets none");
	c->id = before->client.id;
	c->has_secret_digest = before->client.has_secret_digest;
	c->created_ms = before->client.created_ms;
	c->updated_ms = r->cx->now_ms;
	r->was = c->status = before->client.status;
	if (str_is(r->was, "active") && r->cx->config->registration_approval &&
		!is_same(&r->metadata, before))
		c->status = STR("pending");
	r->metadata.registration.client_id = c->id;
	r->metadata.registration.digest = before->registration.digest;
	r->metadata.registration.has_digest = true;
	return OK;
}

static enum err
store_update(struct store *s, void *arg)
{
	const struct registering *r = arg;
	const struct client *c = &r->metadata.client;
	enum err e;

	HOLDS(r->was.n > 0);
	if ((e = registration_update(s, c, &r->metadata.registration, r->was)))
		return e;
	return write_audit(
		s, r, AUDIT_EVENT_CLIENT_UPDATED, audit_actor_client(r->cx->arena, c->id));
}

static enum err
read_update(struct registering *r, const struct registered *x, struct str body)
{
	struct json *doc;
	enum err e;

	if ((e = read_body(r->cx, body, &doc)))
		return e;
	if (!(e = check_update(r->cx, &x->metadata.client, doc)))
		e = client_metadata_read(r->cx, doc, &r->metadata);
	json_free(doc);
	return e;
}

enum err
register_update(struct context *cx, const struct registered *x, struct str body,
	struct register_answer *ret)
{
	struct registering *r = arena_new(cx->arena, struct registering);
	enum err e;

	r->cx = cx;
	if ((e = read_update(r, x, body)) || (e = merge(r, &x->metadata)))
		return e;
	*ret = (struct register_answer){.change = store_update, .change_arg = r};
	return write_answer(cx, &r->metadata, STR_NONE, x->token, &ret->body);
}

static enum err
store_removal(struct store *s, void *arg)
{
	const struct registering *r = arg;
	struct id id = r->metadata.client.id;
	enum err e = registration_delete(s, id, r->cx->now_ms);

	HOLDS(!id_is_zero(id));
	if (e)
		return e == ERR_NO_ROW ? ERR_INVALID_TOKEN : e;
	return write_audit(s, r, AUDIT_EVENT_CLIENT_DELETED, audit_actor_client(r->cx->arena, id));
}

enum err
register_remove(struct context *cx, const struct registered *x, struct register_answer *ret)
{
	struct registering *r = arena_new(cx->arena, struct registering);

	*r = (struct registering){.cx = cx, .metadata = x->metadata};
	*ret = (struct register_answer){.change = store_removal, .change_arg = r};
	return OK;
}
