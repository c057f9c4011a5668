/* Self-registered clients: statements. */
#include "lib/store/registration.h"

#include "lib/base/holds.h"

static void
read_registration(const struct row *row, struct arena *a, void *into)
{
	*(struct registration *)into = (struct registration){
		.client_id = row_id(row, COL_REGISTRATION_ID),
		.digest = row_digest(row, COL_REGISTRATION_REGISTRATION_DIGEST),
		.has_digest = !row_is_null(row, COL_REGISTRATION_REGISTRATION_DIGEST),
		.client_uri = row_text(row, COL_REGISTRATION_CLIENT_URI, a),
		.logo_uri = row_text(row, COL_REGISTRATION_LOGO_URI, a),
		.contacts = row_text(row, COL_REGISTRATION_CONTACTS, a),
	};
}

enum err
registration_by_id(struct store *s, struct arena *a, struct id id, struct registration *ret)
{
	return store_one(
		s, SQL_REGISTRATION_BY_ID, PARAMS(param_id(id)), read_registration, a, ret);
}

enum err
registration_set(struct store *s, const struct registration *r)
{
	HOLDS(!id_is_zero(r->client_id));
	return store_change_one(s, SQL_REGISTRATION_SET,
		PARAMS(param_id(r->client_id),
			r->has_digest ? param_digest(&r->digest) : param_null(),
			param_text(r->client_uri), param_text(r->logo_uri),
			param_text(r->contacts)));
}

enum err
registration_update(
	struct store *s, const struct client *c, const struct registration *r, struct str was)
{
	enum err e = store_change_one(s, SQL_REGISTRATION_UPDATE,
		PARAMS(param_id(c->id), param_text(c->name), param_text(c->auth_method),
			param_text(c->grants), param_text(c->scopes), param_text(c->redirect_uris),
			param_text(c->status), param_int(c->updated_ms),
			param_text(c->application_type), param_text(c->id_token_alg),
			param_text(c->post_logout_redirect_uris),
			param_text(c->backchannel_logout_uri), param_text(was)));

	HOLDS(id_eq(c->id, r->client_id));
	HOLDS(was.n > 0);
	if (e)
		return e == ERR_NO_ROW ? ERR_RACE : e;
	return registration_set(s, r);
}

enum err
registration_delete(struct store *s, struct id id, int64_t now_ms)
{
	HOLDS(!id_is_zero(id));
	HOLDS(now_ms > 0);
	return store_change_one(
		s, SQL_REGISTRATION_DELETE, PARAMS(param_id(id), param_int(now_ms)));
}

enum err
registration_count_unused(struct store *s, int64_t *ret)
{
	return store_count(s, SQL_REGISTRATION_COUNT_UNUSED, NO_PARAMS, ret);
}

enum err
registration_purge(struct store *s, int64_t before_ms, int64_t limit, int64_t *ret_deleted)
{
	int64_t unused, deleted;
	enum err e;

	HOLDS(limit > 0);
	if ((e = store_change_count(s, SQL_REGISTRATION_PURGE_UNUSED,
		     PARAMS(param_int(before_ms), param_int(limit)), &unused)))
		return e;
	if ((e = store_change_count(
		     s, SQL_REGISTRATION_PURGE_DELETED, PARAMS(param_int(limit)), &deleted)))
		return e;
	*ret_deleted = unused > deleted ? unused : deleted;
	return OK;
}
