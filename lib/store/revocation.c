/* Taking back many families: statements. */
#include "lib/store/revocation.h"

#include "lib/base/holds.h"

enum err
revocation_of_codes(struct store *s, struct id user, struct id client, int64_t *ret_ended)
{
	struct params params = PARAMS(param_id(user), param_id_or_null(client));
	int64_t codes = 0, device_codes = 0;
	enum err e;

	HOLDS(!id_is_zero(user));
	if ((e = store_change_count(s, SQL_REVOCATION_OF_AUTH_CODES, params, &codes)))
		return e;
	if ((e = store_change_count(s, SQL_REVOCATION_OF_DEVICE_CODES, params, &device_codes)))
		return e;
	*ret_ended = codes + device_codes;
	return OK;
}

enum err
revocation_of_consents(struct store *s, struct id user)
{
	HOLDS(!id_is_zero(user));
	return store_run(s, SQL_REVOCATION_OF_CONSENTS, PARAMS(param_id(user)));
}

enum err
revocation_of_user(struct store *s, struct id user, int64_t now_ms)
{
	HOLDS(!id_is_zero(user));
	HOLDS(now_ms > 0);
	return store_change_one(
		s, SQL_REVOCATION_OF_USER, PARAMS(param_id(user), param_int(now_ms)));
}

enum err
revocation_of_client(struct store *s, struct id user, struct id client, int64_t now_ms)
{
	enum err e = store_change_one(
		s, SQL_REVOCATION_BEGIN_EPOCH, PARAMS(param_id(user), param_int(now_ms)));

	HOLDS(!id_is_zero(user));
	HOLDS(now_ms > 0);
	if (e)
		return e;
	return store_run(s, SQL_REVOCATION_OF_CLIENT, PARAMS(param_id(user), param_id(client)));
}
