/* The tables roles and groups. */
#include "tests/support/store.h"

#include "lib/config/config.h"
#include "lib/signin/groups.h"
#include "lib/store/identity.h"
#include "lib/store/user_group.h"

static struct assertion
in_groups(const char *groups)
{
	return (struct assertion){.groups = str_of(groups)};
}

static struct config_provider
with_tables(const char *roles, const char *groups)
{
	return (struct config_provider){.roles = str_of(roles), .groups = str_of(groups)};
}

static void
test_a_role_is_that_of_a_whole_name(void **state)
{
	static const struct {
		const char *roles, *groups, *role;
	} cases[] = {
		{"", "ops\n", ""},
		{"ops=admin", "", "user"},
		{"ops=admin", "ops\n", "admin"},
		{"ops=admin", "staff\nops\n", "admin"},
		{"ops=admin", "op\nopsx\nxops\nops=admin\n", "user"},
		{"staff=user ops=admin", "ops\nstaff\n", "admin"},
		{"staff=user", "staff\nadmin\n", "user"},
		{"cn=ops,dc=corp=admin", "cn=ops,dc=corp\n", "admin"},
		{"cn=ops,dc=corp=admin", "cn\n", "user"},
		{"=admin", "\n", "user"},
	};

	(void)state;
	for (size_t i = 0; i < countof(cases); i++) {
		struct config_provider p = with_tables(cases[i].roles, "");
		struct assertion a = in_groups(cases[i].groups);

		assert_str(groups_role(&p, &a), cases[i].role);
		a.groups_unknown = true;
		assert_str(groups_role(&p, &a), "");
	}
}

static void
test_what_a_browser_carries_is_what_a_table_names_and_has_a_limit(void **state)
{
	struct config_provider p = with_tables("ops=admin", "fin=Finance");
	struct assertion a = in_groups("noise\nops\nmore\nfin\nstaff\n");
	struct buf many;

	(void)state;
	p.allowed_groups = STR("staff");
	assert_str(groups_to_carry(&place.arena, &p, &a), "ops\nfin\nstaff\n");
	p.groups = STR("*");
	buf_init(&many, &place.arena, 100000);
	for (int i = 0; i < 5000; i++)
		buf_add_printf(&many, "g%d\n", i);
	a.groups = buf_str(&many);
	assert_in_range(groups_to_carry(&place.arena, &p, &a).n, 1000, GROUPS_CARRIED_MAX);
}

static void
add_identity(struct id id)
{
	const struct identity identity = {
		.id = id,
		.user_id = place.user.id,
		.provider = STR("corp"),
		.issuer = STR("https://corp.example"),
		.subject = STR("s"),
		.linked_ms = PLACE_NOW_MS,
		.used_ms = PLACE_NOW_MS,
	};

	assert_ok(identity_insert(place.store, &identity));
}

static size_t
stored(struct str *list)
{
	size_t count;

	assert_ok(user_group_list(place.store, &place.arena, place.user.id, list, &count));
	return count;
}

static void
test_what_is_stored_is_replaced(void **state)
{
	struct config_provider p = with_tables("", "ops fin=Finance");
	struct assertion a = in_groups("fin\nops\nother\nfin\n");
	struct str list[GROUPS_OF_USER_MAX];
	struct id id = id_of(5);

	(void)state;
	add_identity(id);
	assert_ok(groups_store(place.store, &p, &a, id, place.user.id));
	assert_int_equal(stored(list), 2);
	assert_str(list[0], "Finance");
	assert_str(list[1], "ops");
	a = (struct assertion){.groups_unknown = true};
	assert_ok(groups_store(place.store, &p, &a, id, place.user.id));
	assert_int_equal(stored(list), 2);
	a.groups_unknown = false;
	assert_ok(groups_store(place.store, &p, &a, id, place.user.id));
	assert_int_equal(stored(list), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_PLACE(test_a_role_is_that_of_a_whole_name),
		IN_PLACE(test_what_a_browser_carries_is_what_a_table_names_and_has_a_limit),
		IN_PLACE(test_what_is_stored_is_replaced),
	};

	return RUN(tests);
}
