/* Families and tokens: rows and statements. */
#include "lib/store/token.h"

#include "lib/base/holds.h"
#include "lib/store/search.h"

#include <string.h>

static void
read_access_token(const struct row *row, struct arena *a, void *into)
{
	*(struct access_token *)into = (struct access_token){
		.id = row_id(row, COL_ACCESS_TOKEN_ID),
		.family_id = row_id(row, COL_ACCESS_TOKEN_FAMILY_ID),
		.digest = row_digest(row, COL_ACCESS_TOKEN_DIGEST),
		.scope = row_text(row, COL_ACCESS_TOKEN_SCOPE, a),
		.issued_ms = row_int(row, COL_ACCESS_TOKEN_ISSUED_MS),
		.expires_ms = row_int(row, COL_ACCESS_TOKEN_EXPIRES_MS),
		.revoked_ms = row_int(row, COL_ACCESS_TOKEN_REVOKED_MS),
		.resource = row_text(row, COL_ACCESS_TOKEN_RESOURCE, a),
	};
}

/* A client's own tokens have no user, all others one; and only what came of a code knows a
 * browser's session. */
static bool
is_sound(const struct family *f)
{
	bool is_client = str_is(f->kind, "client");

	if (!is_client && !str_is(f->kind, "device") && !str_is(f->kind, "code"))
		return false;
	return is_client == id_is_zero(f->user_id) &&
	       (id_is_zero(f->session_id) || str_is(f->kind, "code"));
}

enum err
family_insert(struct store *s, const struct family *f)
{
	HOLDS(!id_is_zero(f->id));
	HOLDS(!id_is_zero(f->client_id));
	HOLDS(is_sound(f));
	HOLDS(!f->expires_ms || f->expires_ms >= f->created_ms);
	return store_run(s, SQL_FAMILY_INSERT,
		PARAMS(param_id(f->id), param_text(f->kind), param_id(f->client_id),
			param_id_or_null(f->user_id), param_id_or_null(f->session_id),
			param_text(f->scope), param_text(f->resource), param_text(f->nonce),
			param_ms_or_null(f->auth_ms), param_int(f->created_ms),
			param_ms_or_null(f->expires_ms), param_text(f->ip),
			param_text(f->user_agent), param_int(f->client_epoch_ms),
			param_text(f->amr)));
}

static void
read_family(const struct row *row, struct arena *a, void *into)
{
	*(struct family *)into = (struct family){
		.id = row_id(row, COL_FAMILY_ID),
		.kind = row_text(row, COL_FAMILY_KIND, a),
		.client_id = row_id(row, COL_FAMILY_CLIENT_ID),
		.user_id = row_id(row, COL_FAMILY_USER_ID),
		.session_id = row_id(row, COL_FAMILY_SESSION_ID),
		.scope = row_text(row, COL_FAMILY_SCOPE, a),
		.resource = row_text(row, COL_FAMILY_RESOURCE, a),
		.nonce = row_text(row, COL_FAMILY_NONCE, a),
		.auth_ms = row_int(row, COL_FAMILY_AUTH_MS),
		.created_ms = row_int(row, COL_FAMILY_CREATED_MS),
		.expires_ms = row_int(row, COL_FAMILY_EXPIRES_MS),
		.used_ms = row_int(row, COL_FAMILY_USED_MS),
		.disabled_ms = row_int(row, COL_FAMILY_DISABLED_MS),
		.revoked_ms = row_int(row, COL_FAMILY_ENDED_MS),
		.ip = row_text(row, COL_FAMILY_IP, a),
		.user_agent = row_text(row, COL_FAMILY_USER_AGENT, a),
		.amr = row_text(row, COL_FAMILY_AMR, a),
	};
	HOLDS(is_sound(into));
}

enum err
family_by_id(struct store *s, struct arena *a, struct id id, struct family *ret)
{
	return store_one(s, SQL_FAMILY_BY_ID, PARAMS(param_id(id)), read_family, a, ret);
}

enum err
family_revoke(struct store *s, struct id id, int64_t now_ms)
{
	HOLDS(!id_is_zero(id));
	HOLDS(now_ms > 0);
	return store_run(s, SQL_FAMILY_REVOKE, PARAMS(param_id(id), param_int(now_ms)));
}

enum err
family_check_alive(struct store *s, struct id id, int64_t now_ms)
{
	HOLDS(!id_is_zero(id));
	HOLDS(now_ms > 0);
	return store_change_one(s, SQL_FAMILY_CHECK_ALIVE, PARAMS(param_id(id), param_int(now_ms)));
}

static void
read_id(const struct row *row, struct arena *a, void *into)
{
	(void)a;
	*(struct id *)into = row_id(row, COL_FAMILY_BOUND_ID);
}

static void
read_family_view(const struct row *row, struct arena *a, void *into)
{
	*(struct family_view *)into = (struct family_view){
		.id = row_id(row, COL_FAMILY_VIEW_ID),
		.kind = row_text(row, COL_FAMILY_VIEW_KIND, a),
		.client_id = row_id(row, COL_FAMILY_VIEW_CLIENT_ID),
		.client_name = row_text(row, COL_FAMILY_VIEW_CLIENT_NAME, a),
		.scope = row_text(row, COL_FAMILY_VIEW_SCOPE, a),
		.ip = row_text(row, COL_FAMILY_VIEW_IP, a),
		.user_agent = row_text(row, COL_FAMILY_VIEW_USER_AGENT, a),
		.created_ms = row_int(row, COL_FAMILY_VIEW_CREATED_MS),
		.used_ms = row_int(row, COL_FAMILY_VIEW_USED_MS),
		.disabled_ms = row_int(row, COL_FAMILY_VIEW_DISABLED_MS),
	};
}

enum err
family_list_of_user(struct store *s, struct arena *a, const struct family_query *q,
	struct family_view *list, size_t limit, size_t *ret_count, struct id *ret_seen)
{
	struct id seen = {{0}};
	enum err e = store_one(s, SQL_FAMILY_WINDOW,
		PARAMS(param_id(q->user), param_id(q->before), param_int(FAMILY_LOOK_MAX - 1)),
		read_id, NULL, &seen);

	if (e && e != ERR_NO_ROW)
		return e;
	*ret_seen = seen;
	return store_rows(s, SQL_FAMILY_LIST_OF_USER,
		PARAMS(param_id(q->user), param_id(q->before), param_int(q->now_ms),
			param_int((int64_t)limit), param_id(seen),
			param_text(search_pattern(a, q->search)), param_int(q->stand)),
		read_family_view, a, (struct store_list){list, sizeof *list, limit}, ret_count);
}

static struct id
first_of(int64_t ms)
{
	return id_make(ms, (const uint8_t[10]){0});
}

enum err
family_devices_between(struct store *s, struct arena *a, const struct family_between *b,
	struct family_view *list, size_t limit, size_t *ret_count)
{
	struct id after = first_of(b->after_ms), before = first_of(b->before_ms), seen = {{0}};
	enum err e = store_one(s, SQL_FAMILY_WINDOW,
		PARAMS(param_id(b->user), param_id(before), param_int(FAMILY_LOOK_MAX - 1)),
		read_id, NULL, &seen);

	HOLDS(!id_is_zero(b->user));
	if (e && e != ERR_NO_ROW)
		return e;
	if (memcmp(seen.bytes, after.bytes, ID_SIZE) > 0)
		after = seen;
	return store_rows(s, SQL_FAMILY_DEVICES_BETWEEN,
		PARAMS(param_id(b->user), param_id(after), param_id(before),
			param_int((int64_t)limit)),
		read_family_view, a, (struct store_list){list, sizeof *list, limit}, ret_count);
}

enum err
family_revoke_of_user(struct store *s, struct id id, struct id user, int64_t now_ms)
{
	HOLDS(!id_is_zero(user));
	HOLDS(now_ms > 0);
	return store_change_one(s, SQL_FAMILY_REVOKE_OF_USER,
		PARAMS(param_id(id), param_id(user), param_int(now_ms)));
}

enum err
family_revoke_of_session(struct store *s, struct id session, struct id user, int64_t now_ms)
{
	HOLDS(!id_is_zero(user));
	return store_run(s, SQL_FAMILY_REVOKE_OF_SESSION,
		PARAMS(param_id(session), param_id(user), param_int(now_ms)));
}

enum err
family_disable_of_user(struct store *s, struct id id, struct id user, int64_t now_ms)
{
	HOLDS(!id_is_zero(user));
	HOLDS(now_ms > 0);
	return store_change_one(s, SQL_FAMILY_DISABLE_OF_USER,
		PARAMS(param_id(id), param_id(user), param_int(now_ms)));
}

enum err
family_enable_of_user(struct store *s, struct id id, struct id user)
{
	HOLDS(!id_is_zero(user));
	return store_change_one(s, SQL_FAMILY_ENABLE_OF_USER, PARAMS(param_id(id), param_id(user)));
}

enum err
family_ensure_for_client(struct store *s, const struct client *c, int64_t now_ms)
{
	HOLDS(!id_is_zero(c->id));
	HOLDS(now_ms > 0);
	return store_run(s, SQL_FAMILY_ENSURE_FOR_CLIENT,
		PARAMS(param_id(client_family_id(c)), param_id(c->id), param_int(now_ms),
			param_int(c->epoch_ms)));
}

enum err
family_purge(struct store *s, struct id *walk, int64_t made_before_ms, int64_t limit,
	int64_t *ret_deleted)
{
	HOLDS(limit > 0);
	static const uint8_t zeros[10];
	struct id bound = id_make(made_before_ms, zeros), last = bound, next = {{0}};
	enum err e;

	e = store_one(s, SQL_FAMILY_SLICE,
		PARAMS(param_id(*walk), param_id(bound), param_int(limit - 1)), read_id, NULL,
		&last);
	if (e && e != ERR_NO_ROW)
		return e;
	if (!e)
		next = last;
	e = store_change_count(
		s, SQL_FAMILY_PURGE, PARAMS(param_id(*walk), param_id(last)), ret_deleted);
	if (!e)
		*walk = next;
	return e;
}

enum err
refresh_token_purge(struct store *s, int64_t expired_before_ms, int64_t limit, int64_t *ret_deleted)
{
	HOLDS(limit > 0);
	return store_change_count(s, SQL_REFRESH_TOKEN_PURGE,
		PARAMS(param_int(expired_before_ms), param_int(limit)), ret_deleted);
}

enum err
access_token_insert(struct store *s, const struct access_token *t)
{
	HOLDS(!id_is_zero(t->id));
	HOLDS(!id_is_zero(t->family_id));
	HOLDS(t->expires_ms >= t->issued_ms);
	return store_run(s, SQL_ACCESS_TOKEN_INSERT,
		PARAMS(param_id(t->id), param_id(t->family_id), param_digest(&t->digest),
			param_text(t->scope), param_int(t->issued_ms), param_int(t->expires_ms),
			param_ms_or_null(t->revoked_ms), param_text_or_null(t->resource),
			t->is_foreign ? param_digest(&t->digest) : param_null()));
}

enum err
access_token_by_id(struct store *s, struct arena *a, struct id id, struct access_token *ret)
{
	return store_one(
		s, SQL_ACCESS_TOKEN_BY_ID, PARAMS(param_id(id)), read_access_token, a, ret);
}

enum err
access_token_purge(struct store *s, int64_t expired_before_ms, int64_t limit, int64_t *ret_deleted)
{
	HOLDS(limit > 0);
	return store_change_count(s, SQL_ACCESS_TOKEN_PURGE,
		PARAMS(param_int(expired_before_ms), param_int(limit)), ret_deleted);
}

static void
read_refresh_token(const struct row *row, struct arena *a, void *into)
{
	*(struct refresh_token *)into = (struct refresh_token){
		.id = row_id(row, COL_REFRESH_TOKEN_ID),
		.family_id = row_id(row, COL_REFRESH_TOKEN_FAMILY_ID),
		.digest = row_digest(row, COL_REFRESH_TOKEN_DIGEST),
		.scope = row_text(row, COL_REFRESH_TOKEN_SCOPE, a),
		.issued_ms = row_int(row, COL_REFRESH_TOKEN_ISSUED_MS),
		.expires_ms = row_int(row, COL_REFRESH_TOKEN_EXPIRES_MS),
		.used_ms = row_int(row, COL_REFRESH_TOKEN_USED_MS),
		.successor_sealed = row_blob(row, COL_REFRESH_TOKEN_SUCCESSOR_SEALED, a),
		.revoked_ms = row_int(row, COL_REFRESH_TOKEN_REVOKED_MS),
		.is_imported = !row_is_null(row, COL_REFRESH_TOKEN_IMPORTED_DIGEST),
	};
}

enum err
refresh_token_insert(struct store *s, const struct refresh_token *t)
{
	HOLDS(!id_is_zero(t->id));
	HOLDS(!id_is_zero(t->family_id));
	HOLDS(t->expires_ms >= t->issued_ms);
	HOLDS(!t->used_ms);
	return store_run(s, SQL_REFRESH_TOKEN_INSERT,
		PARAMS(param_id(t->id), param_id(t->family_id), param_digest(&t->digest),
			param_text(t->scope), param_int(t->issued_ms), param_int(t->expires_ms),
			t->is_imported ? param_digest(&t->digest) : param_null()));
}

void
refresh_token_by_id_ahead(struct store *s, struct id id)
{
	store_read_ahead(s, SQL_REFRESH_TOKEN_BY_ID, id);
}

enum err
refresh_token_by_id(struct store *s, struct arena *a, struct id id, struct refresh_token *ret)
{
	return store_one(
		s, SQL_REFRESH_TOKEN_BY_ID, PARAMS(param_id(id)), read_refresh_token, a, ret);
}

enum err
refresh_token_imported(
	struct store *s, struct arena *a, struct digest digest, struct refresh_token *ret)
{
	return store_one(s, SQL_REFRESH_TOKEN_IMPORTED, PARAMS(param_digest(&digest)),
		read_refresh_token, a, ret);
}

enum err
refresh_token_rotate(struct store *s, struct id id, struct str successor_sealed, int64_t now_ms)
{
	HOLDS(!id_is_zero(id));
	HOLDS(successor_sealed.n > 0);
	HOLDS(now_ms > 0);
	return store_change_one(s, SQL_REFRESH_TOKEN_ROTATE,
		PARAMS(param_id(id), param_blob(successor_sealed), param_int(now_ms)));
}

enum err
refresh_token_hold_unused(struct store *s, struct id id)
{
	HOLDS(!id_is_zero(id));
	return store_change_one(s, SQL_REFRESH_TOKEN_HOLD_UNUSED, PARAMS(param_id(id)));
}
