/* Groups: statements and rows. */
#include "lib/store/user_group.h"

#include "lib/base/holds.h"

static void
read_name(const struct row *row, struct arena *a, void *into)
{
	*(struct str *)into = row_text(row, COL_USER_GROUP_NAME, a);
}

enum err
user_group_list(
	struct store *s, struct arena *a, struct id user, struct str *list, size_t *ret_count)
{
	return store_rows(s, SQL_USER_GROUP_LIST,
		PARAMS(param_id(user), param_int(GROUPS_OF_USER_MAX)), read_name, a,
		(struct store_list){list, sizeof *list, GROUPS_OF_USER_MAX}, ret_count);
}

enum err
user_group_insert(struct store *s, struct id identity, struct id user, struct str name)
{
	HOLDS(!id_is_zero(identity));
	HOLDS(name.n > 0);
	return store_run(s, SQL_USER_GROUP_INSERT,
		PARAMS(param_id(identity), param_text(name), param_id(user)));
}

enum err
user_group_delete_of_identity(struct store *s, struct id identity)
{
	HOLDS(!id_is_zero(identity));
	return store_run(s, SQL_USER_GROUP_DELETE_OF_IDENTITY, PARAMS(param_id(identity)));
}
