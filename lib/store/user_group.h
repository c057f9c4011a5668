/* The groups of users, which other servers say: lib/signin/groups.h. */
#ifndef LIB_STORE_USER_GROUP_H
#define LIB_STORE_USER_GROUP_H

#include "lib/store/store.h"

enum { GROUPS_OF_USER_MAX = 200 };

/* Without repetition, in order; at most GROUPS_OF_USER_MAX into list. */
MUST_USE enum err user_group_list(
	struct store *, struct arena *, struct id user, struct str *list, size_t *ret_count);
/* One that is there already is no error. */
MUST_USE enum err user_group_insert(
	struct store *, struct id identity, struct id user, struct str name);
MUST_USE enum err user_group_delete_of_identity(struct store *, struct id identity);

#endif
