/* Identities: statements and rows. */
#include "lib/store/identity.h"

#include "lib/base/holds.h"

static void
read_identity(const struct row *row, struct arena *a, void *into)
{
	*(struct identity *)into = (struct identity){
		.id = row_id(row, COL_IDENTITY_ID),
		.user_id = row_id(row, COL_IDENTITY_USER_ID),
		.provider = row_text(row, COL_IDENTITY_PROVIDER, a),
		.issuer = row_text(row, COL_IDENTITY_ISSUER, a),
		.subject = row_text(row, COL_IDENTITY_SUBJECT, a),
		.username = row_text(row, COL_IDENTITY_USERNAME, a),
		.email = row_text(row, COL_IDENTITY_EMAIL, a),
		.linked_ms = row_int(row, COL_IDENTITY_LINKED_MS),
		.used_ms = row_int(row, COL_IDENTITY_USED_MS),
	};
}

enum err
identity_find(struct store *s, struct arena *a, struct str provider, struct str subject,
	struct identity *ret)
{
	return store_one(s, SQL_IDENTITY_FIND, PARAMS(param_text(provider), param_text(subject)),
		read_identity, a, ret);
}

enum err
identity_of_user(
	struct store *s, struct arena *a, struct id user, struct identity *list, size_t *ret_count)
{
	return store_rows(s, SQL_IDENTITY_OF_USER,
		PARAMS(param_id(user), param_int(IDENTITIES_OF_USER_MAX)), read_identity, a,
		(struct store_list){list, sizeof *list, IDENTITIES_OF_USER_MAX}, ret_count);
}

static struct param
param_sealed(const struct identity *i)
{
	return i->tokens_sealed.n ? param_blob(i->tokens_sealed) : param_null();
}

enum err
identity_insert(struct store *s, const struct identity *i)
{
	HOLDS(!id_is_zero(i->id));
	HOLDS(!id_is_zero(i->user_id));
	HOLDS(i->provider.n > 0);
	return store_run(s, SQL_IDENTITY_INSERT,
		PARAMS(param_id(i->id), param_id(i->user_id), param_text(i->provider),
			param_text(i->issuer), param_text(i->subject), param_text(i->username),
			param_text(i->email), param_int(i->linked_ms), param_int(i->used_ms),
			param_sealed(i)));
}

enum err
identity_use(struct store *s, const struct identity *i)
{
	HOLDS(!id_is_zero(i->user_id));
	HOLDS(i->used_ms > 0);
	return store_change_one(s, SQL_IDENTITY_USE,
		PARAMS(param_id(i->id), param_id(i->user_id), param_text(i->username),
			param_text(i->email), param_int(i->used_ms), param_text(i->issuer),
			param_sealed(i)));
}

enum err
identity_delete_of_user(struct store *s, struct id id, struct id user)
{
	enum err e = store_change_one(s, SQL_IDENTITY_HOLD_USER, PARAMS(param_id(user)));

	HOLDS(!id_is_zero(user));
	return e ? e
		 : store_change_one(
			   s, SQL_IDENTITY_DELETE_OF_USER, PARAMS(param_id(id), param_id(user)));
}

enum err
identity_begin_session(struct store *s, struct id session, struct id identity)
{
	HOLDS(!id_is_zero(session));
	HOLDS(!id_is_zero(identity));
	return store_run(
		s, SQL_IDENTITY_BEGIN_SESSION, PARAMS(param_id(session), param_id(identity)));
}

static void
read_of_session(const struct row *row, struct arena *a, void *into)
{
	*(struct identity *)into = (struct identity){
		.id = row_id(row, COL_SESSION_IDENTITY_ID),
		.provider = row_text(row, COL_SESSION_IDENTITY_PROVIDER, a),
	};
	if (!row_is_null(row, COL_SESSION_IDENTITY_TOKENS_SEALED))
		((struct identity *)into)->tokens_sealed =
			row_blob(row, COL_SESSION_IDENTITY_TOKENS_SEALED, a);
}

enum err
identity_of_session(struct store *s, struct arena *a, struct id session, struct identity *ret)
{
	return store_one(
		s, SQL_IDENTITY_OF_SESSION, PARAMS(param_id(session)), read_of_session, a, ret);
}

enum err
identity_set_verifier(struct store *s, struct id id, struct str hash, int64_t now_ms)
{
	HOLDS(!id_is_zero(id));
	HOLDS(hash.n > 0);
	return store_run(s, SQL_IDENTITY_SET_VERIFIER,
		PARAMS(param_id(id), param_text(hash), param_int(now_ms)));
}

enum err
identity_drop_verifier(struct store *s, struct id id)
{
	HOLDS(!id_is_zero(id));
	return store_run(s, SQL_IDENTITY_DROP_VERIFIER, PARAMS(param_id(id)));
}

static void
read_verifier(const struct row *row, struct arena *a, void *into)
{
	*(struct identity_verifier *)into = (struct identity_verifier){
		.id = row_id(row, COL_IDENTITY_VERIFIER_ID),
		.subject = row_text(row, COL_IDENTITY_VERIFIER_SUBJECT, a),
		.email = row_text(row, COL_IDENTITY_VERIFIER_EMAIL, a),
		.hash = row_text(row, COL_IDENTITY_VERIFIER_VERIFIER_HASH, a),
		.verified_ms = row_int(row, COL_IDENTITY_VERIFIER_VERIFIED_MS),
	};
}

enum err
identity_verifier(struct store *s, struct arena *a, struct id user, struct str provider,
	struct identity_verifier *ret)
{
	return store_one(s, SQL_IDENTITY_VERIFIER, PARAMS(param_id(user), param_text(provider)),
		read_verifier, a, ret);
}
