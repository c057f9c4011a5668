/* The device grant's front half: codes that people type, and what they decide. */
#include "tests/support/oauth.h"

#include "lib/crypto/credential.h"
#include "lib/oauth/device.h"
#include "lib/store/session.h"

static void
expect_code(const char *typed, const char *canonical)
{
	struct arena arena = {0};
	struct str code;

	assert_ok(user_code_canonical(&arena, str_of(typed), &code));
	assert_str(code, canonical);
	arena_free(&arena);
}

static void
expect_no_code(struct str typed)
{
	struct arena arena = {0};
	struct str code;

	assert_err(user_code_canonical(&arena, typed, &code), ERR_MALFORMED);
	arena_free(&arena);
}

static void
test_user_code_is_read_in_any_case_with_or_without_dash(void **state)
{
	(void)state;
	expect_code("WDJB-MJHT", "WDJBMJHT");
	expect_code("wdjbmjht", "WDJBMJHT");
	expect_code("  wDjB mJhT ", "WDJBMJHT");
	expect_code("w-d-j-b-m-j-h-t", "WDJBMJHT");
}

static void
test_what_cannot_be_a_user_code_is_refused(void **state)
{
	(void)state;
	expect_no_code(STR(""));
	expect_no_code(STR("WDJB-MJH"));
	expect_no_code(STR("WDJB-MJHTT"));
	expect_no_code(STR("WDJB-MJH0")); /* 0, O, 1, I and L are not in the alphabet */
	expect_no_code(STR("WDJB-MJHO"));
	expect_no_code(STR("WDJB%MJHT"));
	expect_no_code(STR("WDJBMJH\0T"));
	expect_no_code(STR("WDJBMJH\0"));
	expect_no_code(STR("\xef\xbc\xb7"
			   "DJBMJHT")); /* full-width W */
	expect_no_code(
		STR("--------------------------------------------------------------------W"));
}

static void
test_user_code_is_shown_in_two_groups(void **state)
{
	struct arena arena = {0};

	(void)state;
	assert_str(user_code_shown(&arena, STR("WDJBMJHT")), "WDJB-MJHT");
	arena_free(&arena);
}

static struct device_request request;

static enum err
begin(const char *body, struct device_request *ret)
{
	struct form form;

	read_form(body, &form);
	return device_begin(&cx, &place.public, &form, ret);
}

static int
make_request(void **state)
{
	if (make_oauth_place(state))
		return -1;
	assert_ok(begin("scope=read", &request));
	assert_ok(commit(request.change, request.change_arg));
	assert_ok(session_insert(place.store, &(struct session){.id = id_of(20),
						      .user_id = place.user.id,
						      .expires_ms = PLACE_NOW_MS + 60000}));
	return 0;
}

static enum err
find(struct device_code *ret)
{
	struct client client;

	return device_find(&cx, request.user_code, ret, &client);
}

static struct device_decision
shown_to(struct id session)
{
	struct device_decision d = {
		.cx = &cx,
		.session_id = session,
		.auth_ms = PLACE_NOW_MS - 1000,
		.user = place.user,
		.approve = true,
	};

	assert_ok(find(&d.code));
	assert_ok(session_set_review(place.store, session, d.code.id));
	return d;
}

static enum err
decide(struct device_decision *d)
{
	return commit(device_decide, d);
}

static void
assert_state(const char *state)
{
	struct device_code code;
	struct credential credential;

	assert_ok(credential_parse(request.device_code, &credential));
	assert_ok(device_code_by_id(place.store, &place.arena, credential.id, &code));
	assert_str(code.state, state);
}

static void
test_a_request_says_all_that_rfc_8628_wants(void **state)
{
	struct credential credential;

	(void)state;
	assert_ok(credential_parse(request.device_code, &credential));
	assert_int_equal(request.user_code.n, 9);
	assert_str(request.verification_uri, "https://id.example/device");
	assert_str(request.verification_uri_complete,
		arena_printf(&place.arena, "https://id.example/device?user_code=%.*s",
			STR_ARG(request.user_code)));
	assert_int_equal(request.expires_in_s, 1800);
	assert_int_equal(request.interval_s, 5);
	assert_int_equal(
		place_count("SELECT count(*) FROM audit_log WHERE event = 'DEVICE_CODE_GENERATED'"),
		1);
}

static void
test_a_request_for_too_much_stores_nothing(void **state)
{
	struct device_request other = {.change = NULL};

	(void)state;
	assert_err(begin("scope=read+admin", &other), ERR_INVALID_SCOPE);
	assert_null(other.change);
}

static void
test_the_codes_at_rest_are_no_credentials(void **state)
{
	(void)state;
	assert_int_equal(place_count("SELECT length(digest) FROM device_codes"), 32);
	assert_int_equal(place_count(arena_printf(&place.arena,
				 "SELECT count(*) FROM device_codes WHERE instr(digest, '%.*s')",
				 STR_ARG(str_from(request.device_code, 23)))),
		0);
}

static void
test_a_pending_request_is_found_however_it_is_typed(void **state)
{
	struct device_code code;
	struct client client;
	char *typed = arena_copy(&place.arena, request.user_code.p, request.user_code.n);

	(void)state;
	assert_ok(find(&code));
	for (char *p = typed; *p; p++)
		*p = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p == '-' ? ' ' : *p;
	assert_ok(device_find(&cx, str_of(typed), &code, &client));
	assert_str(client.name, "tv");
	assert_str(code.scope, "read");
}

static void
test_unknown_expired_decided_and_inactive_look_the_same(void **state)
{
	struct device_decision d;
	struct device_code code;
	struct client client;

	(void)state;
	assert_err(device_find(&cx, STR("ZZZZ-ZZZZ"), &code, &client), ERR_NO_ROW);
	assert_err(device_find(&cx, STR("%_%_%_%_"), &code, &client), ERR_NO_ROW);
	place_sql("UPDATE clients SET status = 'disabled'");
	assert_err(find(&code), ERR_NO_ROW);
	place_sql("UPDATE clients SET status = 'active'");
	cx.now_ms += 1800 * 1000;
	assert_err(find(&code), ERR_NO_ROW);
	cx.now_ms = PLACE_NOW_MS;
	d = shown_to(id_of(20));
	assert_ok(decide(&d));
	assert_err(find(&code), ERR_NO_ROW);
}

static void
test_the_first_decision_counts(void **state)
{
	struct device_decision d = shown_to(id_of(20));

	(void)state;
	assert_ok(decide(&d));
	assert_state("approved");
	/* Back, and again: the mark is gone. */
	assert_err(decide(&d), ERR_NO_ROW);
	/* Even with a mark, approving is over. */
	assert_ok(session_set_review(place.store, id_of(20), d.code.id));
	d.approve = false;
	assert_err(decide(&d), ERR_NO_ROW);
	assert_state("approved");
	assert_int_equal(place_count("SELECT count(*) FROM audit_log WHERE event LIKE "
				     "'DEVICE_CODE_AUTHORIZED'"),
		1);
	assert_int_equal(
		place_count("SELECT count(*) FROM audit_log WHERE event = 'DEVICE_CODE_DENIED'"),
		0);
}

static void
test_a_denied_request_cannot_be_approved(void **state)
{
	struct device_decision d = shown_to(id_of(20));

	(void)state;
	d.approve = false;
	assert_ok(decide(&d));
	assert_state("denied");
	assert_ok(session_set_review(place.store, id_of(20), d.code.id));
	d.approve = true;
	assert_err(decide(&d), ERR_NO_ROW);
	assert_state("denied");
}

static void
test_of_two_people_who_race_one_decides(void **state)
{
	struct user bob = place.user;
	struct device_decision first, second;
	store_change *const changes[] = {device_decide, device_decide};
	void *const args[] = {&first, &second};
	enum err results[2];

	(void)state;
	bob.id = id_of(5);
	bob.username = STR("bob");
	assert_ok(user_insert(place.store, &bob));
	assert_ok(session_insert(place.store,
		&(struct session){
			.id = id_of(21), .user_id = bob.id, .expires_ms = PLACE_NOW_MS + 60000}));
	first = shown_to(id_of(20));
	second = shown_to(id_of(21));
	second.user = bob;
	store_commit_group(place.store, changes, args, results, 2);
	assert_ok(results[0]);
	assert_err(results[1], ERR_NO_ROW);
	assert_int_equal(place_count("SELECT count(*) FROM device_codes d JOIN users u ON u.id = "
				     "d.user_id WHERE u.username = 'mia'"),
		1);
	/* The loser's mark came back with the savepoint, and is worth nothing. */
	assert_err(commit(device_decide, &second), ERR_NO_ROW);
}

static void
test_what_this_browser_has_not_been_shown_cannot_be_decided(void **state)
{
	struct device_decision d = shown_to(id_of(20));

	(void)state;
	assert_ok(session_set_review(place.store, id_of(20), id_of(77)));
	assert_err(decide(&d), ERR_NO_ROW);
	assert_ok(session_insert(place.store, &(struct session){.id = id_of(21),
						      .user_id = place.user.id,
						      .expires_ms = PLACE_NOW_MS + 60000}));
	d.session_id = id_of(21);
	assert_err(decide(&d), ERR_NO_ROW);
	assert_state("pending");
}

static void
test_a_request_that_expired_under_review_cannot_be_approved(void **state)
{
	struct device_decision d = shown_to(id_of(20));

	(void)state;
	cx.now_ms += 1800 * 1000;
	assert_err(decide(&d), ERR_NO_ROW);
	assert_state("pending");
	assert_int_equal(
		place_count("SELECT count(*) FROM audit_log WHERE event LIKE 'DEVICE_CODE_%D' AND "
			    "event <> 'DEVICE_CODE_GENERATED'"),
		0);
}

static void
test_user_codes_do_not_repeat(void **state)
{
	(void)state;
	for (int i = 0; i < 200; i++) {
		struct device_request other;

		assert_ok(begin("", &other));
		assert_ok(commit(other.change, other.change_arg));
	}
	assert_int_equal(place_count("SELECT count(DISTINCT user_code) FROM device_codes"), 201);
}

#define ON(test) cmocka_unit_test_setup_teardown(test, make_request, remove_oauth_place)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_user_code_is_read_in_any_case_with_or_without_dash),
		cmocka_unit_test(test_what_cannot_be_a_user_code_is_refused),
		cmocka_unit_test(test_user_code_is_shown_in_two_groups),
		ON(test_a_request_says_all_that_rfc_8628_wants),
		ON(test_a_request_for_too_much_stores_nothing),
		ON(test_the_codes_at_rest_are_no_credentials),
		ON(test_a_pending_request_is_found_however_it_is_typed),
		ON(test_unknown_expired_decided_and_inactive_look_the_same),
		ON(test_the_first_decision_counts),
		ON(test_a_denied_request_cannot_be_approved),
		ON(test_of_two_people_who_race_one_decides),
		ON(test_what_this_browser_has_not_been_shown_cannot_be_decided),
		ON(test_a_request_that_expired_under_review_cannot_be_approved),
		ON(test_user_codes_do_not_repeat),
	};

	return RUN(tests);
}
