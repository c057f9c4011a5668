/* What users let clients do: statements and rows. */
#include "lib/store/authorization.h"

static void
read_id(const struct row *row, struct arena *a, void *into)
{
	(void)a;
	*(struct id *)into = row_id(row, COL_NEXT_CLIENT_CLIENT_ID);
}

enum err
authorization_next_client(struct store *s, struct id user, struct id after, struct id *ret)
{
	return store_one(s, SQL_AUTHORIZATION_NEXT_CLIENT, PARAMS(param_id(user), param_id(after)),
		read_id, NULL, ret);
}

static void
read_client(const struct row *row, struct arena *a, void *into)
{
	*(struct authorization_client *)into = (struct authorization_client){
		.id = row_id(row, COL_AUTHORIZATION_ID),
		.name = row_text(row, COL_AUTHORIZATION_NAME, a),
		.consent_scope = row_text(row, COL_AUTHORIZATION_SCOPE, a),
		.consent_ms = row_int(row, COL_AUTHORIZATION_GRANTED_MS),
	};
}

enum err
authorization_client(struct store *s, struct arena *a, struct id user, struct id client,
	struct authorization_client *ret)
{
	return store_one(s, SQL_AUTHORIZATION_CLIENT, PARAMS(param_id(user), param_id(client)),
		read_client, a, ret);
}

static void
read_family(const struct row *row, struct arena *a, void *into)
{
	*(struct authorization_family *)into = (struct authorization_family){
		.scope = row_text(row, COL_AUTHORIZATION_FAMILY_SCOPE, a),
		.created_ms = row_int(row, COL_AUTHORIZATION_FAMILY_CREATED_MS),
		.used_ms = row_int(row, COL_AUTHORIZATION_FAMILY_USED_MS),
	};
}

enum err
authorization_families(struct store *s, struct arena *a, const struct authorization_client *client,
	struct id user, int64_t now_ms, struct authorization_family *list, size_t limit,
	size_t *ret_count)
{
	return store_rows(s, SQL_AUTHORIZATION_FAMILIES,
		PARAMS(param_id(user), param_id(client->id), param_int(now_ms),
			param_int((int64_t)limit)),
		read_family, a, (struct store_list){list, sizeof *list, limit}, ret_count);
}

enum err
authorization_is_living(struct store *s, struct id user, struct id client, bool *ret)
{
	int64_t count = 0;
	enum err e = store_count(
		s, SQL_AUTHORIZATION_IS_LIVING, PARAMS(param_id(user), param_id(client)), &count);

	if (!e)
		*ret = count > 0;
	return e;
}
