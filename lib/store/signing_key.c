/* Signing keys: rows and statements. */
#include "lib/store/signing_key.h"

#include "lib/base/holds.h"

struct listing {
	struct arena *arena;
	struct signing_key *list;
	size_t count;
};

static enum err
add_key(const struct row *row, void *context)
{
	struct listing *l = context;

	if (l->count == SIGNING_KEYS_MAX)
		return OK;
	l->list[l->count++] = (struct signing_key){
		.id = row_id(row, COL_SIGNING_KEY_ID),
		.kid = row_text(row, COL_SIGNING_KEY_KID, l->arena),
		.alg = row_text(row, COL_SIGNING_KEY_ALG, l->arena),
		.state = row_text(row, COL_SIGNING_KEY_STATE, l->arena),
		.sealed = row_blob(row, COL_SIGNING_KEY_SEALED, l->arena),
		.created_ms = row_int(row, COL_SIGNING_KEY_CREATED_MS),
		.expires_ms = row_int(row, COL_SIGNING_KEY_EXPIRES_MS),
		.trail_began_ms = row_int(row, COL_SIGNING_KEY_TRAIL_BEGAN_MS),
	};
	return OK;
}

enum err
signing_key_insert(struct store *s, const struct signing_key *k)
{
	HOLDS(k->kid.n > 0 && k->sealed.n > 0);
	return store_run(s, SQL_SIGNING_KEY_INSERT,
		PARAMS(param_id(k->id), param_text(k->kid), param_text(k->alg),
			param_text(k->state), param_blob(k->sealed), param_int(k->created_ms),
			param_ms_or_null(k->expires_ms), param_int(k->trail_began_ms)));
}

enum err
signing_key_list(struct store *s, struct arena *a, struct signing_key *list, size_t *ret_count)
{
	struct listing l = {.arena = a, .list = list};
	enum err e = store_each(
		s, SQL_SIGNING_KEY_LIST, PARAMS(param_int(SIGNING_KEYS_MAX)), add_key, &l);

	if (e)
		return e;
	*ret_count = l.count;
	return OK;
}

enum err
signing_key_promote(struct store *s, struct str alg, int64_t expires_ms)
{
	enum err e = store_run(
		s, SQL_SIGNING_KEY_RETIRE, PARAMS(param_text(alg), param_int(expires_ms)));

	HOLDS(alg.n > 0);
	HOLDS(expires_ms > 0);
	return e ? e : store_run(s, SQL_SIGNING_KEY_ACTIVATE, PARAMS(param_text(alg)));
}

enum err
signing_key_redate(struct store *s, struct str alg, int64_t now_ms, int64_t latest_ms)
{
	HOLDS(alg.n > 0);
	HOLDS(now_ms > 0);
	return store_run(s, SQL_SIGNING_KEY_REDATE,
		PARAMS(param_text(alg), param_int(now_ms), param_int(latest_ms)));
}

enum err
signing_key_reseal(struct store *s, const struct signing_key *k)
{
	HOLDS(!id_is_zero(k->id));
	HOLDS(k->sealed.n > 0);
	HOLDS(k->trail_began_ms > 0);
	return store_change_one(s, SQL_SIGNING_KEY_RESEAL,
		PARAMS(param_id(k->id), param_blob(k->sealed), param_int(k->trail_began_ms)));
}

enum err
signing_key_delete(struct store *s, struct str kid)
{
	HOLDS(kid.n > 0);
	return store_change_one(s, SQL_SIGNING_KEY_DELETE, PARAMS(param_text(kid)));
}

enum err
signing_key_purge(struct store *s, int64_t now_ms)
{
	HOLDS(now_ms > 0);
	return store_run(s, SQL_SIGNING_KEY_PURGE, PARAMS(param_int(now_ms)));
}
