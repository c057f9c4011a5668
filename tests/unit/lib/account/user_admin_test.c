/* People made and changed by operators; one admin remains. */
#include "tests/support/store.h"

#include "lib/account/user_admin.h"
#include "lib/crypto/password.h"

static struct context cx;

static int
setup(void **state)
{
	if (make_place_store(state))
		return -1;
	cx = (struct context){
		.arena = &place.arena,
		.store = place.store,
		.now_ms = PLACE_NOW_MS,
		.actor = STR("unix:op"),
		.request_id = STR("r"),
	};
	return 0;
}

static struct user
make_user(const char *name, const char *role)
{
	struct user_spec spec = {
		.username = str_of(name), .role = str_of(role), .password = STR("long enough")};
	struct user_creation creation;

	assert_ok(user_creation_prepare(&cx, &spec, &creation));
	assert_ok(store_transaction(place.store, user_creation_store, &creation));
	return creation.user;
}

static enum err
change(struct id id, enum user_change_kind kind)
{
	struct user_change c = {.cx = &cx, .id = id, .kind = kind};

	return store_transaction(place.store, user_change_store, &c);
}

static void
test_a_given_password_is_hashed_and_no_other_made(void **state)
{
	struct user_spec spec = {.username = STR("Ann"), .password = STR("long enough")};
	struct user_creation creation;

	(void)state;
	assert_ok(user_creation_prepare(&cx, &spec, &creation));
	assert_str(creation.user.username, "ann");
	assert_str(creation.user.role, "user");
	assert_int_equal(creation.generated_password.n, 0);
	assert_ok(password_verify(creation.user.password_hash, STR("long enough")));
}

static void
test_a_password_is_made_up_when_none_is_given(void **state)
{
	struct user_spec spec = {.username = STR("ann")};
	struct user_creation creation;

	(void)state;
	assert_ok(user_creation_prepare(&cx, &spec, &creation));
	assert_true(creation.generated_password.n >= 20);
	assert_ok(password_verify(creation.user.password_hash, creation.generated_password));
}

static void
test_what_cannot_be_a_person_is_refused_with_a_reason(void **state)
{
	const struct user_spec wrong[] = {
		{.username = STR("")},
		{.username = STR("a b")},
		{.username = STR("ann"), .email = STR("nobody")},
		{.username = STR("ann"), .email = STR("a@b c")},
		{.username = STR("ann"), .role = STR("root")},
		{.username = STR("ann"), .full_name = STR("\xff")},
		{.username = STR("ann"), .password = STR("seven77")},
	};

	(void)state;
	for (size_t i = 0; i < countof(wrong); i++) {
		struct user_creation creation;

		cx.problem = STR_NONE;
		assert_err(user_creation_prepare(&cx, &wrong[i], &creation), ERR_MALFORMED);
		assert_true(cx.problem.n > 0);
	}
}

static void
test_the_last_admin_stays(void **state)
{
	static const enum user_change_kind kinds[] = {USER_DISABLE, USER_DEMOTE, USER_DELETE};
	struct user ann = make_user("ann", "admin");

	(void)state;
	for (size_t i = 0; i < countof(kinds); i++)
		assert_err(change(ann.id, kinds[i]), ERR_LAST_ADMIN);
	assert_int_equal(place_count("SELECT count(*) FROM users WHERE role = 'admin' AND "
				     "disabled_ms IS NULL"),
		1);
	assert_int_equal(
		place_count("SELECT count(*) FROM audit_log WHERE event LIKE 'USER_D%'"), 0);
}

static void
test_of_two_admins_one_may_go_if_the_other_is_enabled(void **state)
{
	struct user ann = make_user("ann", "admin"), bob = make_user("bob", "admin");

	(void)state;
	assert_ok(change(ann.id, USER_DISABLE));
	assert_err(change(bob.id, USER_DEMOTE), ERR_LAST_ADMIN);
	assert_ok(change(ann.id, USER_ENABLE));
	assert_ok(change(bob.id, USER_DELETE));
	assert_err(change(bob.id, USER_ENABLE), ERR_NOT_FOUND);
}

static void
test_a_change_is_audited_with_its_actor(void **state)
{
	struct user ann = make_user("ann", "admin");

	(void)state;
	(void)ann;
	assert_ok(change(place.user.id, USER_PROMOTE));
	assert_int_equal(place_count("SELECT count(*) FROM audit_log WHERE event = "
				     "'USER_ROLE_CHANGED' AND actor = 'unix:op'"),
		1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_a_given_password_is_hashed_and_no_other_made,
			setup, remove_place_store),
		cmocka_unit_test_setup_teardown(
			test_a_password_is_made_up_when_none_is_given, setup, remove_place_store),
		cmocka_unit_test_setup_teardown(
			test_what_cannot_be_a_person_is_refused_with_a_reason, setup,
			remove_place_store),
		cmocka_unit_test_setup_teardown(
			test_the_last_admin_stays, setup, remove_place_store),
		cmocka_unit_test_setup_teardown(
			test_of_two_admins_one_may_go_if_the_other_is_enabled, setup,
			remove_place_store),
		cmocka_unit_test_setup_teardown(
			test_a_change_is_audited_with_its_actor, setup, remove_place_store),
	};

	return RUN(tests);
}
