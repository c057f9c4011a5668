/* Making and changing clients. */
#include "lib/oauth/client_admin.h"

#include "lib/audit/audit.h"
#include "lib/base/base64.h"
#include "lib/base/clock.h"
#include "lib/base/holds.h"
#include "lib/config/config.h"
#include "lib/crypto/random.h"

enum { SECRET_SIZE = 32 };

static enum err
wrong(struct context *cx, const char *format, struct str value)
{
	cx->problem = str_printf(cx->arena, "%s: %.*s", format, STR_ARG(str_first(value, 200)));
	return ERR_INVALID_CLIENT_METADATA;
}

static enum err
judge(struct context *cx, const struct client *said, struct client *c)
{
	const struct client_metadata all = {.client = *said};
	struct client_metadata kept = {.client = *c};
	enum err e = client_spec_judge(cx, CLIENT_BY_OPERATOR, &all, &kept);

	if (!e)
		*c = kept.client;
	return e;
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
client_creation_prepare(struct context *cx, const struct client *what, struct client_creation *ret)
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
	struct client said = *what;
	struct client *c = &creation.client;
	enum err e;

	/* Here rather than by the judge, who would change those that exist, too. */
	if (!said.id_token_alg.n)
		said.id_token_alg = cx->config->id_token_algorithm;
	if ((e = judge(cx, &said, c)) || (e = id_new(cx->now_ms, &c->id)))
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
	struct str detail = str_printf(c->cx->arena, "%.*s%s", STR_ARG(c->client.grants),
		c->client.introspect_all ? " introspect_all" : "");
	enum err e = client_insert(s, &c->client);

	HOLDS(c->client.has_secret_digest == str_is(c->client.type, "confidential"));
	return e ? e : audit_client(s, c->cx, AUDIT_EVENT_CLIENT_CREATED, c->client.id, detail);
}

/* ---- changes ---- */

enum err
client_edit_prepare(struct context *cx, const struct client *was, const struct client *said,
	struct client_edit *ret)
{
	struct client_edit edit = {
		.cx = cx,
		.client = *was,
		.was_updated_ms = was->updated_ms,
		.could_introspect_all = was->introspect_all,
	};
	struct client *c = &edit.client;
	enum err e;

	if (!str_eq(said->type, was->type))
		return wrong(cx, "the type stays what it is", was->type);
	if ((e = judge(cx, said, c)))
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

	HOLDS(edit->client.updated_ms > edit->was_updated_ms);
	if (e)
		return e == ERR_NO_ROW ? ERR_RACE : e;
	return audit_client(s, edit->cx, AUDIT_EVENT_CLIENT_UPDATED, edit->client.id,
		edit->client.introspect_all == edit->could_introspect_all ? STR("edited")
		: edit->client.introspect_all ? STR("edited introspect_all=true")
					      : STR("edited introspect_all=false"));
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

	HOLDS(r->client.has_secret_digest || r->client.secret_hash.n);
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
		return e == ERR_NO_ROW ? ERR_CLIENT_NOT_PENDING : e;
	return audit_client(s, c->cx,
		approves ? AUDIT_EVENT_CLIENT_APPROVED : AUDIT_EVENT_CLIENT_REJECTED, c->id,
		STR_NONE);
}

enum err
client_status_store(struct store *s, void *arg)
{
	const struct client_status_change *c = arg;
	enum err e;

	HOLDS(c->status.n > 0);
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

	HOLDS(!id_is_zero(c->id));
	if ((e = hold(s, c->id, c->held_ms)) || (e = client_delete(s, c->id)))
		return e;
	return audit_client(s, c->cx, AUDIT_EVENT_CLIENT_DELETED, c->id, STR_NONE);
}
