/* What a decision about an authorization request needs at the moment it is written. */
#include "tests/support/oauth.h"

#include "lib/account/access.h"
#include "lib/oauth/authorize.h"

static struct session session;

static int
make_session(void **state)
{
	if (make_oauth_place(state))
		return -1;
	config.auth_code_ttl_s = 60;
	session = (struct session){.id = id_of(20),
		.user_id = place.user.id,
		.created_ms = PLACE_NOW_MS,
		.auth_ms = PLACE_NOW_MS,
		.seen_ms = PLACE_NOW_MS,
		.expires_ms = PLACE_NOW_MS + 1000};
	assert_ok(session_insert(place.store, &session));
	return 0;
}

static struct authorize_decision
decide(void)
{
	struct authorize a = {.client = place.public, .scope = STR("openid")};
	struct authorize_decision d = {0};
	struct str text;

	assert_ok(authorize_issue(&cx, &a, &session, &place.user, &d, &text));
	return d;
}

static enum err
end_access(struct id kept)
{
	struct access_end end = {
		.cx = &cx, .user = place.user.id, .kept_session = kept, .keeps_tokens = true};

	return access_end(place.store, &end);
}

static void
test_a_decision_becomes_a_code(void **state)
{
	struct authorize_decision d = decide();

	(void)state;
	assert_ok(commit(authorize_store_decision, &d));
	assert_int_equal(place_count("SELECT count(*) FROM auth_codes WHERE state = 'issued'"), 1);
}

/* F: a request of a stolen session that is on its way while its owner signs out everywhere. */
static void
test_no_code_is_issued_once_the_session_has_ended(void **state)
{
	struct authorize_decision d = decide();

	(void)state;
	assert_ok(end_access(id_of(21)));
	assert_err(commit(authorize_store_decision, &d), ERR_LOGIN_REQUIRED);
	assert_int_equal(place_count("SELECT count(*) FROM auth_codes"), 0);
}

static void
test_a_code_that_came_before_ends_with_the_session(void **state)
{
	struct authorize_decision d = decide();

	(void)state;
	assert_ok(commit(authorize_store_decision, &d));
	assert_ok(end_access(session.id));
	assert_int_equal(place_count("SELECT count(*) FROM auth_codes WHERE state = 'burnt'"), 1);
}

/* A request of a stolen cookie that is on its way while its owner takes a new password. */
static void
test_no_code_is_issued_once_the_session_has_been_renewed(void **state)
{
	struct authorize_decision d = decide();
	struct session renewed = session;

	(void)state;
	renewed.created_ms++;
	assert_ok(session_renew(place.store, &renewed));
	assert_err(commit(authorize_store_decision, &d), ERR_LOGIN_REQUIRED);
}

#define ON(test) cmocka_unit_test_setup_teardown(test, make_session, remove_oauth_place)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON(test_a_decision_becomes_a_code),
		ON(test_no_code_is_issued_once_the_session_has_ended),
		ON(test_a_code_that_came_before_ends_with_the_session),
		ON(test_no_code_is_issued_once_the_session_has_been_renewed),
	};

	return RUN(tests);
}
