/*
 * What the groups of somebody at another server mean here: whether they may sign in, which
 * role they have, and what applications are told.  The tables are the operator's: `roles`
 * and `groups` of a provider.  All of it is taken away again by the next sign-in that does
 * not bring it.
 */
#ifndef LIB_SIGNIN_GROUPS_H
#define LIB_SIGNIN_GROUPS_H

#include "lib/base/id.h"
#include "lib/config/config.h"
#include "lib/signin/assertion.h"

enum { GROUP_NAME_MAX = 128, GROUPS_CARRIED_MAX = 1200 };

/* Whether anybody asks for them. */
bool groups_matter(const struct config_provider *);
/* Whether a table names a team, as org/team. */
bool groups_name_teams(const struct config_provider *);
/* Whether one of them is among these words. */
bool groups_have_one_of(struct str groups, struct str words);
/* "admin", "user", or empty: the role is not this provider's business, or the groups are
 * not known. */
struct str groups_role(const struct config_provider *, const struct assertion *);
/* Of an assertion that a browser carries for a while: those that a table names, as far as
 * there is room. */
struct str groups_to_carry(
	struct arena *, const struct config_provider *, const struct assertion *);

/* Part of a change: what is kept of the identity becomes what the assertion says. */
struct store;
MUST_USE enum err groups_store(struct store *, const struct config_provider *,
	const struct assertion *, struct id identity, struct id user);

#endif
