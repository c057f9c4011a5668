/* A role is one of two, whatever the tables and the groups hold, and admin only by a whole name;
 * what is carried is a subset, and short. Input: roles, newline, groups table, newline, groups one
 * a line. */
#include "lib/signin/groups.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool
names_admin(struct str roles, struct str groups)
{
	while (groups.n) {
		struct str group = str_cut(&groups, '\n');

		STR_EACH (word, roles)
			if (str_ends(word, STR("=admin")) &&
				str_eq(str_first(word, word.n - sizeof "=admin" + 1), group))
				return true;
	}
	return false;
}

static bool
has_line(struct str lines, struct str line)
{
	while (lines.n)
		if (str_eq(str_cut(&lines, '\n'), line))
			return true;
	return false;
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str rest = {(const char *)data, size};
	struct config_provider p = {
		.roles = str_cut(&rest, '\n'),
		.groups = str_cut(&rest, '\n'),
	};
	const struct assertion a = {.groups = rest};
	struct arena arena = {0};
	struct str role = groups_role(&p, &a);
	struct str carried = groups_to_carry(&arena, &p, &a);

	if (p.roles.n ? !str_is(role, "admin") && !str_is(role, "user") : role.n != 0)
		abort();
	if (str_is(role, "admin") && !names_admin(p.roles, a.groups))
		abort();
	if (carried.n > GROUPS_CARRIED_MAX)
		abort();
	while (carried.n)
		if (!has_line(a.groups, str_cut(&carried, '\n')))
			abort();
	arena_free(&arena);
	return 0;
}
