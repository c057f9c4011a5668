/* Reading the tables `roles` and `groups` of a provider. */
#include "lib/signin/groups.h"

#include "lib/store/user_group.h"

bool
groups_matter(const struct config_provider *p)
{
	return p->allowed_groups.n || p->roles.n || p->groups.n;
}

bool
groups_name_teams(const struct config_provider *p)
{
	return str_has_char(p->allowed_groups, '/') || str_has_char(p->roles, '/') ||
	       str_has_char(p->groups, '/') || str_is(p->groups, "*");
}

bool
groups_have_one_of(struct str groups, struct str words)
{
	while (groups.n) {
		struct str group = str_cut(&groups, '\n');

		STR_EACH (word, words)
			if (str_eq(word, group))
				return true;
	}
	return false;
}

/* A word of a table: the group there, and what it is here.  The last "=" counts: the names of
 * some directories hold others. */
static struct str
cut_word(struct str word, struct str *ret_here)
{
	for (size_t i = word.n; i > 1; i--) {
		if (word.p[i - 1] != '=')
			continue;
		*ret_here = str_from(word, i);
		return str_first(word, i - 1);
	}
	*ret_here = word;
	return word;
}

struct str
groups_role(const struct config_provider *p, const struct assertion *a)
{
	if (!p->roles.n || a->groups_unknown)
		return STR_NONE;
	STR_EACH (word, p->roles) {
		struct str role, group = cut_word(word, &role);

		if (str_is(role, "admin") && groups_have_one_of(a->groups, group))
			return STR("admin");
	}
	return STR("user");
}

/* What it is called here; empty: nothing is kept of it. */
static struct str
name_here(const struct config_provider *p, struct str group)
{
	STR_EACH (word, p->groups) {
		struct str here, there = cut_word(word, &here);

		if (str_eq(there, group))
			return here;
		if (str_is(word, "*"))
			return group;
	}
	return STR_NONE;
}

static bool
is_in_a_table(const struct config_provider *p, struct str group)
{
	if (groups_have_one_of(group, p->allowed_groups) || name_here(p, group).n)
		return true;
	STR_EACH (word, p->roles) {
		struct str role;

		if (str_eq(cut_word(word, &role), group))
			return true;
	}
	return false;
}

struct str
groups_to_carry(struct arena *arena, const struct config_provider *p, const struct assertion *a)
{
	struct str rest = a->groups;
	struct buf out;

	buf_init(&out, arena, GROUPS_CARRIED_MAX);
	while (rest.n) {
		struct str group = str_cut(&rest, '\n');

		if (is_in_a_table(p, group) && out.n + group.n + 1 <= GROUPS_CARRIED_MAX) {
			buf_add(&out, group);
			buf_add_char(&out, '\n');
		}
	}
	return buf_str(&out);
}

static bool
is_kept(struct str name, size_t count)
{
	return name.n > 0 && name.n <= GROUP_NAME_MAX && str_is_utf8(name) &&
	       count < GROUPS_OF_USER_MAX;
}

enum err
groups_store(struct store *s, const struct config_provider *p, const struct assertion *a,
	struct id identity, struct id user)
{
	struct str rest = a->groups;
	size_t count = 0;
	enum err e;

	if (a->groups_unknown)
		return OK;
	if ((e = user_group_delete_of_identity(s, identity)))
		return e;
	while (rest.n && p->groups.n) {
		struct str name = name_here(p, str_cut(&rest, '\n'));

		if (!is_kept(name, count))
			continue;
		if ((e = user_group_insert(s, identity, user, name)))
			return e;
		count++;
	}
	return OK;
}
