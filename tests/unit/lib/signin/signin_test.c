/* The steps of signing in, and what they write. */
#include "tests/support/store.h"

#include "lib/crypto/password.h"
#include "lib/signin/signin.h"

static struct context cx;

static void
sign_in_with(struct signin *in, const char *username, const char *password)
{
	struct str hash;

	cx = (struct context){.arena = &place.arena, .store = place.store, .now_ms = PLACE_NOW_MS};
	assert_ok(password_hash(&place.arena, STR("correct horse"), &hash));
	assert_ok(user_set_password_hash(place.store, place.user.id, hash, PLACE_NOW_MS));
	signin_init(in, &cx, provider_find(STR("password")));
	in->username = str_of(username);
	in->password = str_of(password);
	in->session = (struct session){
		.id = id_of(77),
		.user_id = place.user.id,
		.ip = STR("192.0.2.1"),
		.created_ms = PLACE_NOW_MS,
		.seen_ms = PLACE_NOW_MS,
		.expires_ms = PLACE_NOW_MS + 1000,
	};
}

static void
test_every_provider_is_found_by_its_name(void **state)
{
	(void)state;
	for (size_t i = 0; i < providers_count; i++)
		assert_ptr_equal(provider_find(str_of(providers[i].name)), &providers[i]);
	assert_null(provider_find(STR("nobody")));
}

static void
test_nothing_but_a_proof_ends_the_step_of_who(void **state)
{
	struct signin in;

	(void)state;
	sign_in_with(&in, "mia", "wrong horse");
	assert_int_equal(signin_next(&in), SIGNIN_WHO);
	assert_err(signin_finish(&in), ERR_BAD_CREDENTIALS);
	assert_int_equal(signin_next(&in), SIGNIN_WHO);
	in.password = STR("correct horse");
	assert_ok(signin_finish(&in));
	assert_int_equal(signin_next(&in), SIGNIN_DONE);
	assert_str(in.user.username, "mia");
}

static void
test_signing_in_leaves_a_session_and_a_row_in_the_trail(void **state)
{
	struct signin in;

	(void)state;
	sign_in_with(&in, "mia", "correct horse");
	assert_ok(signin_finish(&in));
	assert_ok(store_transaction(place.store, signin_store, &in));
	assert_int_equal(place_count("SELECT count(*) FROM sessions"), 1);
	assert_int_equal(
		place_count(
			"SELECT count(*) FROM audit_log WHERE event = 'AUTHENTICATION_SUCCESS'"),
		1);
}

static void
test_a_password_that_was_replaced_while_it_was_compared_signs_nobody_in(void **state)
{
	struct signin in;

	(void)state;
	sign_in_with(&in, "mia", "correct horse");
	assert_ok(signin_finish(&in));
	assert_ok(user_set_password_hash(place.store, place.user.id, STR("$y$other"), 1));
	assert_err(store_transaction(place.store, signin_store, &in), ERR_RACE);
	assert_int_equal(place_count("SELECT count(*) FROM sessions"), 0);
}

static void
test_a_session_that_is_replaced_is_gone(void **state)
{
	struct signin in;
	struct session before;

	(void)state;
	sign_in_with(&in, "mia", "correct horse");
	assert_ok(signin_finish(&in));
	assert_ok(store_transaction(place.store, signin_store, &in));
	before = in.session;
	in.replaced = &before;
	in.session.id = id_of(78);
	assert_ok(store_transaction(place.store, signin_store, &in));
	assert_int_equal(place_count("SELECT count(*) FROM sessions"), 1);
}

static void
test_a_refusal_is_recorded_with_its_reason(void **state)
{
	struct signin in;
	struct signin_refusal refusal = {
		.cx = &cx, .target = STR("user:mia"), .why = ERR_BAD_CREDENTIALS};

	(void)state;
	sign_in_with(&in, "mia", "wrong horse");
	assert_ok(store_transaction(place.store, signin_refusal_store, &refusal));
	assert_int_equal(
		place_count("SELECT count(*) FROM audit_log WHERE event = 'AUTHENTICATION_FAILURE'"
			    " AND target = 'user:mia'"
			    " AND detail LIKE '%BAD_CREDENTIALS%'"),
		1);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_provider_is_found_by_its_name),
		IN_PLACE(test_nothing_but_a_proof_ends_the_step_of_who),
		IN_PLACE(test_signing_in_leaves_a_session_and_a_row_in_the_trail),
		IN_PLACE(test_a_password_that_was_replaced_while_it_was_compared_signs_nobody_in),
		IN_PLACE(test_a_session_that_is_replaced_is_gone),
		IN_PLACE(test_a_refusal_is_recorded_with_its_reason),
	};

	return RUN(tests);
}
