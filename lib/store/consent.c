/* Remembered consents: statements and rows. */
#include "lib/store/consent.h"

#include "lib/base/holds.h"

static void
read_consent(const struct row *row, struct arena *arena, void *into)
{
	struct consent *c = into;

	*c = (struct consent){
		.user_id = row_id(row, COL_CONSENT_USER_ID),
		.client_id = row_id(row, COL_CONSENT_CLIENT_ID),
		.scope = row_text(row, COL_CONSENT_SCOPE, arena),
		.granted_ms = row_int(row, COL_CONSENT_GRANTED_MS),
		.client_epoch_ms = row_int(row, COL_CONSENT_CLIENT_EPOCH_MS),
		.resource = row_text(row, COL_CONSENT_RESOURCE, arena),
		.shown = row_text(row, COL_CONSENT_SHOWN, arena),
	};
}

enum err
consent_get(
	struct store *s, struct arena *arena, struct id user, struct id client, struct consent *ret)
{
	return store_one(s, SQL_CONSENT_GET, PARAMS(param_id(user), param_id(client)), read_consent,
		arena, ret);
}

enum err
consent_put(struct store *s, const struct consent *c)
{
	HOLDS(!id_is_zero(c->user_id));
	HOLDS(!id_is_zero(c->client_id));
	return store_run(s, SQL_CONSENT_PUT,
		PARAMS(param_id(c->user_id), param_id(c->client_id), param_text(c->scope),
			param_int(c->granted_ms), param_int(c->client_epoch_ms),
			param_text(c->resource), param_text(c->shown)));
}

enum err
consent_delete(struct store *s, struct id user, struct id client)
{
	HOLDS(!id_is_zero(user));
	return store_change_one(s, SQL_CONSENT_DELETE, PARAMS(param_id(user), param_id(client)));
}
