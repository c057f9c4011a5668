/* OAuth clients: rows and statements. */
#include "lib/store/client.h"

#include "lib/base/holds.h"
#include "lib/store/search.h"

#include <string.h>

enum { DAY_MS = 24 * 60 * 60 * 1000 };

/* The whole row begins with the columns of the core, in the same order. */
_Static_assert((int)COL_CLIENT_ID == (int)COL_CLIENT_CORE_ID, "the core stands first");
_Static_assert((int)COL_CLIENT_STATUS == (int)COL_CLIENT_CORE_STATUS, "in its order");
_Static_assert((int)COL_CLIENT_EPOCH_MS == (int)COL_CLIENT_CORE_EPOCH_MS, "in its order");
_Static_assert((int)COL_CLIENT_TOKEN_PROVIDER == (int)COL_CLIENT_CORE_TOKEN_PROVIDER, "to its end");
_Static_assert((int)COL_CLIENT_DEVICE_COMPLETE == (int)COL_CLIENT_CORE_TOKEN_PROVIDER + 1,
	"the policies follow");

static struct client
core_of(const struct row *row, struct arena *a)
{
	return (struct client){
		.id = row_id(row, COL_CLIENT_ID),
		.name = row_text(row, COL_CLIENT_NAME, a),
		.type = row_text(row, COL_CLIENT_TYPE, a),
		.auth_method = row_text(row, COL_CLIENT_AUTH_METHOD, a),
		.secret_digest = row_digest(row, COL_CLIENT_SECRET_DIGEST),
		.has_secret_digest = !row_is_null(row, COL_CLIENT_SECRET_DIGEST),
		.secret_hash = row_text(row, COL_CLIENT_SECRET_HASH, a),
		.grants = row_text(row, COL_CLIENT_GRANTS, a),
		.scopes = row_text(row, COL_CLIENT_SCOPES, a),
		.redirect_uris = row_text(row, COL_CLIENT_REDIRECT_URIS, a),
		.status = row_text(row, COL_CLIENT_STATUS, a),
		.owner_id = row_id(row, COL_CLIENT_OWNER_ID),
		.created_ms = row_int(row, COL_CLIENT_CREATED_MS),
		.updated_ms = row_int(row, COL_CLIENT_UPDATED_MS),
		.application_type = row_text(row, COL_CLIENT_APPLICATION_TYPE, a),
		.token_profile = row_text(row, COL_CLIENT_TOKEN_PROFILE, a),
		.id_token_alg = row_text(row, COL_CLIENT_ID_TOKEN_ALG, a),
		.post_logout_redirect_uris = row_text(row, COL_CLIENT_POST_LOGOUT_REDIRECT_URIS, a),
		.backchannel_logout_uri = row_text(row, COL_CLIENT_BACKCHANNEL_LOGOUT_URI, a),
		.require_pkce = row_int(row, COL_CLIENT_REQUIRE_PKCE) != 0,
		.refresh_always = row_int(row, COL_CLIENT_REFRESH_ALWAYS) != 0,
		.introspect_all = row_int(row, COL_CLIENT_INTROSPECT_ALL) != 0,
		.access_token_typ = row_text(row, COL_CLIENT_ACCESS_TOKEN_TYP, a),
		.token_provider = row_text(row, COL_CLIENT_TOKEN_PROVIDER, a),
		.used_ms = row_int(row, COL_CLIENT_USED_MS),
		.epoch_ms = row_int(row, COL_CLIENT_EPOCH_MS),
		.old_secret_digest = row_digest(row, COL_CLIENT_OLD_SECRET_DIGEST),
		.old_secret_expires_ms = row_is_null(row, COL_CLIENT_OLD_SECRET_DIGEST)
						 ? 0
						 : row_int(row, COL_CLIENT_OLD_SECRET_EXPIRES_MS),
	};
}

static void
read_core(const struct row *row, struct arena *a, void *into)
{
	struct client *c = into;

	*c = core_of(row, a);
	c->lacks_policies = row_int(row, COL_CLIENT_CORE_HAS_POLICIES) != 0;
}

static void
read_client(const struct row *row, struct arena *a, void *into)
{
	struct client *c = into;

	*c = core_of(row, a);
	c->device_complete = row_text(row, COL_CLIENT_DEVICE_COMPLETE, a);
	c->device_code_expiration = row_text(row, COL_CLIENT_DEVICE_CODE_EXPIRATION, a);
	c->device_networks = row_text(row, COL_CLIENT_DEVICE_NETWORKS, a);
	c->device_scopes = row_text(row, COL_CLIENT_DEVICE_SCOPES, a);
	c->device_refresh_lifetime = row_text(row, COL_CLIENT_DEVICE_REFRESH_LIFETIME, a);
	c->device_sign_in_within = row_text(row, COL_CLIENT_DEVICE_SIGN_IN_WITHIN, a);
	c->device_same_network = row_text(row, COL_CLIENT_DEVICE_SAME_NETWORK, a);
	c->device_typed_back = row_text(row, COL_CLIENT_DEVICE_TYPED_BACK, a);
	c->device_open_max = row_int(row, COL_CLIENT_DEVICE_OPEN_MAX);
}

enum err
client_core_by_id(struct store *s, struct arena *a, struct id id, struct client *ret)
{
	return store_one(s, SQL_CLIENT_CORE_BY_ID, PARAMS(param_id(id)), read_core, a, ret);
}

void
client_core_by_id_ahead(struct store *s, struct id id)
{
	store_read_ahead(s, SQL_CLIENT_CORE_BY_ID, id);
}

enum err
client_by_id(struct store *s, struct arena *a, struct id id, struct client *ret)
{
	return store_one(s, SQL_CLIENT_BY_ID, PARAMS(param_id(id)), read_client, a, ret);
}

static struct str
typ_of(const struct client *c)
{
	return c->access_token_typ.n ? c->access_token_typ : STR("at+jwt");
}

static struct str
maker_of(const struct client *c)
{
	return c->token_provider.n ? c->token_provider : STR("default");
}

enum err
client_insert(struct store *s, const struct client *c)
{
	HOLDS(!id_is_zero(c->id));
	HOLDS(c->name.n > 0);
	HOLDS(c->created_ms > 0);
	return store_run(s, SQL_CLIENT_INSERT,
		PARAMS(param_id(c->id), param_text(c->name), param_text(c->type),
			param_text(c->auth_method),
			c->has_secret_digest ? param_digest(&c->secret_digest) : param_null(),
			param_text_or_null(c->secret_hash), param_text(c->grants),
			param_text(c->scopes), param_text(c->redirect_uris), param_text(c->status),
			param_id_or_null(c->owner_id), param_int(c->created_ms),
			param_int(c->updated_ms), param_text(c->application_type),
			param_text(c->token_profile), param_text(c->id_token_alg),
			param_text(c->post_logout_redirect_uris),
			param_text(c->backchannel_logout_uri), param_int(c->require_pkce),
			param_int(c->refresh_always), param_int(c->introspect_all),
			param_text(typ_of(c)), param_text(maker_of(c)),
			param_text(c->device_complete), param_text(c->device_code_expiration),
			param_text(c->device_networks), param_text(c->device_scopes),
			param_text(c->device_refresh_lifetime),
			param_text(c->device_sign_in_within), param_text(c->device_same_network),
			param_int(c->device_open_max), param_text(c->device_typed_back)));
}

enum err
client_touch(struct store *s, const struct client *c, int64_t now_ms)
{
	enum err e = OK;

	HOLDS(!id_is_zero(c->id));
	HOLDS(now_ms > 0);
	if (c->outgrows_hash)
		e = store_run(s, SQL_CLIENT_OUTGROW_HASH,
			PARAMS(param_id(c->id), param_text(c->secret_hash),
				param_digest(&c->secret_digest)));
	if (e)
		return e;
	if (c->used_ms && now_ms - c->used_ms < DAY_MS)
		return OK;
	return store_run(s, SQL_CLIENT_TOUCH, PARAMS(param_id(c->id), param_int(now_ms)));
}

enum err
client_count(struct store *s, int64_t *ret)
{
	return store_count(s, SQL_CLIENT_COUNT, PARAMS(param_int(COUNTED_MAX)), ret);
}

enum err
client_count_by_id_token_alg(struct store *s, struct str alg, int64_t *ret)
{
	return store_count(s, SQL_CLIENT_COUNT_BY_ID_TOKEN_ALG, PARAMS(param_text(alg)), ret);
}

enum err
client_count_pending(struct store *s, int64_t *ret)
{
	return store_count(s, SQL_CLIENT_COUNT_PENDING, PARAMS(param_int(COUNTED_MAX)), ret);
}

enum err
client_set_secret(struct store *s, struct id id, const struct digest *digest,
	int64_t old_expires_ms, int64_t now_ms)
{
	HOLDS(digest);
	HOLDS(now_ms > 0);
	return store_change_one(s, SQL_CLIENT_SET_SECRET,
		PARAMS(param_id(id), param_digest(digest), param_int(now_ms),
			param_int(old_expires_ms)));
}

enum err
client_set_status(struct store *s, struct id id, struct str status, int64_t now_ms)
{
	HOLDS(status.n > 0);
	return store_change_one(s, SQL_CLIENT_SET_STATUS,
		PARAMS(param_id(id), param_text(status), param_int(now_ms)));
}

enum err
client_decide(struct store *s, struct id id, struct str status, int64_t now_ms)
{
	HOLDS(status.n > 0);
	return store_change_one(
		s, SQL_CLIENT_DECIDE, PARAMS(param_id(id), param_text(status), param_int(now_ms)));
}

enum err
client_begin_epoch(struct store *s, struct id id, int64_t now_ms)
{
	HOLDS(now_ms > 0);
	return store_change_one(s, SQL_CLIENT_BEGIN_EPOCH, PARAMS(param_id(id), param_int(now_ms)));
}

struct id
client_family_id(const struct client *c)
{
	return c->epoch_ms ? id_make(c->epoch_ms, c->id.bytes + ID_SIZE - 10) : c->id;
}

enum err
client_hold(struct store *s, struct id id, int64_t updated_ms)
{
	HOLDS(updated_ms > 0);
	return store_change_one(s, SQL_CLIENT_HOLD, PARAMS(param_id(id), param_int(updated_ms)));
}

enum err
client_update(struct store *s, const struct client *c, int64_t was_updated_ms)
{
	HOLDS(!id_is_zero(c->id));
	HOLDS(!c->lacks_policies);
	return store_change_one(s, SQL_CLIENT_UPDATE,
		PARAMS(param_id(c->id), param_int(was_updated_ms), param_text(c->name),
			param_text(c->auth_method), param_text(c->grants), param_text(c->scopes),
			param_text(c->redirect_uris), param_text(c->application_type),
			param_text(c->token_profile), param_text(c->id_token_alg),
			param_text(c->post_logout_redirect_uris),
			param_text(c->backchannel_logout_uri), param_int(c->require_pkce),
			param_int(c->updated_ms), param_int(c->refresh_always),
			param_int(c->introspect_all), param_text(typ_of(c)),
			param_text(maker_of(c)), param_text(c->device_complete),
			param_text(c->device_code_expiration), param_text(c->device_networks),
			param_text(c->device_scopes), param_text(c->device_refresh_lifetime),
			param_text(c->device_sign_in_within), param_text(c->device_same_network),
			param_int(c->device_open_max), param_text(c->device_typed_back)));
}

enum err
client_delete(struct store *s, struct id id)
{
	HOLDS(!id_is_zero(id));
	return store_change_one(s, SQL_CLIENT_DELETE, PARAMS(param_id(id)));
}

struct listing {
	struct arena *arena;
	struct client *list;
	size_t count;
};

static enum err
add_client(const struct row *row, void *context)
{
	struct listing *l = context;

	read_client(row, l->arena, &l->list[l->count++]);
	return OK;
}

enum err
client_count_of_owner(struct store *s, struct id owner, int64_t *ret)
{
	return store_count(s, SQL_CLIENT_COUNT_OF_OWNER, PARAMS(param_id(owner)), ret);
}

enum err
client_list_of_owner(struct store *s, struct arena *a, struct id owner, struct id after,
	struct client *list, size_t limit, size_t *ret_count)
{
	struct listing l = {.arena = a, .list = list};
	enum err e = store_each(s, SQL_CLIENT_LIST_OF_OWNER,
		PARAMS(param_id(owner), param_id(after), param_int((int64_t)limit)), add_client,
		&l);

	*ret_count = l.count;
	return e;
}

static enum err
find_end(struct store *s, const struct client_query *q, struct id *ret_end, struct id *ret_seen)
{
	struct param after = param_id(q->after), most = param_int(SEARCH_REACH);

	if (!q->status.n)
		return search_end(s, SQL_CLIENT_REACH, PARAMS(after, most), ret_end, ret_seen);
	return search_end(s, SQL_CLIENT_REACH_OF_STATUS, PARAMS(after, most, param_text(q->status)),
		ret_end, ret_seen);
}

static enum err
search(struct store *s, const struct client_query *q, struct listing *l, struct id *ret_seen)
{
	struct param after = param_id(q->after), most = param_int((int64_t)q->limit);
	struct param pattern = param_text(search_pattern(l->arena, q->search));
	struct id end;
	enum err e;

	if ((e = find_end(s, q, &end, ret_seen)))
		return e;
	if (!q->status.n)
		return store_each(s, SQL_CLIENT_SEARCH, PARAMS(after, most, param_id(end), pattern),
			add_client, l);
	return store_each(s, SQL_CLIENT_SEARCH_OF_STATUS,
		PARAMS(after, most, param_id(end), pattern, param_text(q->status)), add_client, l);
}

static enum err
list_by_id(struct store *s, const struct client_query *q, struct listing *l)
{
	struct param after = param_id(q->after), most = param_int((int64_t)q->limit);

	if (!q->status.n)
		return store_each(s, SQL_CLIENT_LIST, PARAMS(after, most), add_client, l);
	return store_each(s, SQL_CLIENT_LIST_OF_STATUS, PARAMS(after, most, param_text(q->status)),
		add_client, l);
}

enum err
client_list(struct store *s, struct arena *a, const struct client_query *q, struct client *list,
	size_t *ret_count, struct id *ret_seen)
{
	struct listing l = {.arena = a, .list = list};
	enum err e;

	memset(ret_seen, 0, sizeof *ret_seen);
	e = q->search.n ? search(s, q, &l, ret_seen) : list_by_id(s, q, &l);
	*ret_count = l.count;
	return e;
}
