/* The device grant's front half: what devices ask for, and what people decide. */
#include "tests/support/oauth.h"

#include "lib/crypto/credential.h"
#include "lib/oauth/device.h"
#include "lib/oauth/user_code.h"
#include "lib/store/session.h"

static struct device_request request;
static struct limiter *limits;
static int64_t open_codes;

static enum err
begin(const char *body, struct device_request *ret)
{
	struct form form;

	read_form(body, &form);
	return device_begin(&cx, &place.public, &(struct device_wish){&form, open_codes}, ret);
}

static int
make_request(void **state)
{
	if (make_oauth_place(state))
		return -1;
	limits = limiter_new(1024);
	open_codes = 0;
	assert_ok(begin("scope=read", &request));
	assert_ok(commit(request.change, request.beginning));
	assert_ok(session_insert(place.store, &(struct session){.id = id_of(20),
						      .user_id = place.user.id,
						      .expires_ms = PLACE_NOW_MS + 60000}));
	return 0;
}

static int
remove_request(void **state)
{
	limiter_free(limits);
	return remove_oauth_place(state);
}

static struct device_search
search_for(struct str typed)
{
	return (struct device_search){
		.user_code = typed,
		.pace = {.limits = limits, .user = place.user.id, .ip = {{192, 0, 2, 1}, 4}},
	};
}

static enum err
find_typed(struct str typed, struct device_code *ret)
{
	struct device_search search = search_for(typed);
	struct client client;

	return device_find(&cx, &search, ret, &client);
}

static enum err
find(struct device_code *ret)
{
	return find_typed(request.user_code, ret);
}

static enum err
find_reviewed(struct id review, struct str typed)
{
	struct device_search search = search_for(typed);
	struct device_code code;
	struct client client;

	return device_reviewed(&cx, &search, review, &code, &client);
}

static struct device_decision
shown_to(struct id session)
{
	struct device_decision d = {
		.cx = &cx,
		.session =
			{
				.id = session,
				.user_id = place.user.id,
				.auth_ms = PLACE_NOW_MS - 1000,
			},
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
	char *typed = arena_copy(&place.arena, request.user_code.p, request.user_code.n);

	(void)state;
	assert_ok(find(&code));
	for (char *p = typed; *p; p++)
		*p = *p >= 'A' && *p <= 'Z' ? (char)(*p + 32) : *p == '-' ? ' ' : *p;
	assert_ok(find_typed(str_of(typed), &code));
	assert_str(code.scope, "read");
}

static void
test_unknown_expired_decided_and_inactive_look_the_same(void **state)
{
	struct device_decision d;
	struct device_code code;

	(void)state;
	assert_err(find_typed(STR("ZZZZ-ZZZZ"), &code), ERR_NO_ROW);
	assert_err(find_typed(STR("%_%_%_%_"), &code), ERR_NO_ROW);
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
test_a_guess_is_paid_for_before_the_look_up(void **state)
{
	struct device_code code;
	enum err e;

	(void)state;
	for (int i = 0; i < 3; i++)
		assert_ok(find(&code));
	while ((e = find_typed(STR("ZZZZ-ZZZZ"), &code)) == ERR_NO_ROW)
		;
	assert_err(e, ERR_TOO_MANY_REQUESTS);
	/* The right one too: whoever guesses learns nothing. */
	assert_err(find(&code), ERR_TOO_MANY_REQUESTS);
	cx.now_ms += 5 * 60 * 1000;
	for (int i = 0; i < 20; i++)
		assert_ok(find(&code));
	assert_err(find_typed(STR("ZZZZ-ZZZZ"), &code), ERR_NO_ROW);
	assert_err(find(&code), ERR_TOO_MANY_REQUESTS);
}

static void
test_only_the_code_under_review_is_compared(void **state)
{
	struct device_code code;
	struct device_request other;

	(void)state;
	assert_ok(begin("", &other));
	assert_ok(commit(other.change, other.beginning));
	assert_ok(find(&code));
	assert_ok(find_reviewed(code.id, request.user_code));
	assert_err(find_reviewed(code.id, other.user_code), ERR_NO_ROW);
	assert_err(find_reviewed(code.id, STR("")), ERR_NO_ROW);
	assert_err(find_reviewed(id_of(77), request.user_code), ERR_NO_ROW);
	assert_err(find_reviewed((struct id){{0}}, other.user_code), ERR_NO_ROW);
	cx.now_ms += 1800 * 1000;
	assert_ok(find_reviewed(code.id, request.user_code));
	assert_int_equal(device_fate(&cx, &code, &place.public), DEVICE_EXPIRED);
}

static void
test_codes_grow_while_many_are_open(void **state)
{
	struct device_code code;
	struct device_request other;

	(void)state;
	open_codes = USER_CODES_OPEN_MAX;
	assert_ok(begin("", &other));
	assert_ok(commit(other.change, other.beginning));
	assert_int_equal(other.user_code.n, 11);
	assert_ok(find_typed(other.user_code, &code));
	assert_int_equal(code.user_code.n, 9);
}

static void
test_the_first_decision_counts(void **state)
{
	struct device_decision d = shown_to(id_of(20));

	(void)state;
	assert_ok(decide(&d));
	assert_state("approved");
	/* Back, and again: the same. */
	assert_ok(decide(&d));
	d.approve = false;
	assert_err(decide(&d), ERR_DECIDED);
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
	assert_err(decide(&d), ERR_DECIDED);
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
	second.session.user_id = bob.id;
	store_commit_group(place.store, changes, args, results, 2);
	assert_ok(results[0]);
	assert_err(results[1], ERR_DECIDED);
	assert_int_equal(place_count("SELECT count(*) FROM device_codes d JOIN users u ON u.id = "
				     "d.user_id WHERE u.username = 'mia'"),
		1);
	/* The loser's mark came back with the savepoint, and is worth nothing. */
	assert_err(commit(device_decide, &second), ERR_DECIDED);
}

static void
test_what_this_browser_has_not_been_shown_cannot_be_decided(void **state)
{
	struct device_decision d = shown_to(id_of(20));

	(void)state;
	assert_ok(session_set_review(place.store, id_of(20), id_of(77)));
	assert_err(decide(&d), ERR_NOT_REVIEWED);
	assert_ok(session_insert(place.store, &(struct session){.id = id_of(21),
						      .user_id = place.user.id,
						      .expires_ms = PLACE_NOW_MS + 60000}));
	d.session.id = id_of(21);
	assert_err(decide(&d), ERR_NOT_REVIEWED);
	assert_state("pending");
}

static void
test_a_request_that_expired_under_review_cannot_be_approved(void **state)
{
	struct device_decision d = shown_to(id_of(20));

	(void)state;
	cx.now_ms += 1800 * 1000;
	assert_err(decide(&d), ERR_DECIDED);
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
		assert_ok(commit(other.change, other.beginning));
	}
	assert_int_equal(place_count("SELECT count(DISTINCT user_code) FROM device_codes"), 201);
}

#define ON(test) cmocka_unit_test_setup_teardown(test, make_request, remove_request)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON(test_a_request_says_all_that_rfc_8628_wants),
		ON(test_a_request_for_too_much_stores_nothing),
		ON(test_the_codes_at_rest_are_no_credentials),
		ON(test_a_pending_request_is_found_however_it_is_typed),
		ON(test_unknown_expired_decided_and_inactive_look_the_same),
		ON(test_a_guess_is_paid_for_before_the_look_up),
		ON(test_only_the_code_under_review_is_compared),
		ON(test_codes_grow_while_many_are_open),
		ON(test_the_first_decision_counts),
		ON(test_a_denied_request_cannot_be_approved),
		ON(test_of_two_people_who_race_one_decides),
		ON(test_what_this_browser_has_not_been_shown_cannot_be_decided),
		ON(test_a_request_that_expired_under_review_cannot_be_approved),
		ON(test_user_codes_do_not_repeat),
	};

	return RUN(tests);
}
