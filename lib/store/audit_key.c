/* Old keys of the audit trail: rows and statements. */
#include "lib/store/audit_key.h"

#include "lib/base/holds.h"

static void
read_key(const struct row *row, struct arena *arena, void *into)
{
	*(struct audit_old_key *)into = (struct audit_old_key){
		.id = row_id(row, COL_AUDIT_KEY_ID),
		.sealed = row_blob(row, COL_AUDIT_KEY_SEALED, arena),
		.last_chain = row_int(row, COL_AUDIT_KEY_LAST_CHAIN),
		.retired_ms = row_int(row, COL_AUDIT_KEY_RETIRED_MS),
	};
}

enum err
audit_key_list(struct store *s, struct arena *arena, struct audit_old_key *list, size_t *ret_count)
{
	return store_rows(s, SQL_AUDIT_KEY_LIST, PARAMS(param_int(AUDIT_OLD_KEYS_MAX)), read_key,
		arena, (struct store_list){list, sizeof *list, AUDIT_OLD_KEYS_MAX}, ret_count);
}

enum err
audit_key_insert(struct store *s, const struct audit_old_key *k)
{
	HOLDS(!id_is_zero(k->id));
	HOLDS(k->sealed.n > 0);
	HOLDS(k->last_chain > 0);
	return store_run(s, SQL_AUDIT_KEY_INSERT,
		PARAMS(param_id(k->id), param_blob(k->sealed), param_int(k->last_chain),
			param_int(k->retired_ms)));
}

enum err
audit_key_reseal(struct store *s, struct id id, struct str sealed)
{
	HOLDS(!id_is_zero(id));
	HOLDS(sealed.n > 0);
	return store_change_one(s, SQL_AUDIT_KEY_RESEAL, PARAMS(param_id(id), param_blob(sealed)));
}

enum err
audit_key_purge(struct store *s, int64_t forgotten)
{
	HOLDS(forgotten >= 0);
	return store_run(s, SQL_AUDIT_KEY_PURGE, PARAMS(param_int(forgotten)));
}
