/* A device polls: its pace, the decision, and exactly one token. */
#include "tests/support/oauth.h"

#include "lib/oauth/device.h"
#include "lib/store/device_code.h"

static struct device_request request;
static struct device_code row;
static struct limiter *pace;

static int
make_request(void **state)
{
	struct form form;

	if (make_oauth_place(state))
		return -1;
	pace = limiter_new(64);
	read_form("scope=openid+read", &form);
	assert_ok(device_begin(&cx, &place.public, &(struct device_wish){&form, 0}, &request));
	assert_ok(commit(request.change, request.beginning));
	assert_ok(device_code_by_user_code(place.store, &place.arena,
		str_printf(&place.arena, "%.*s%.*s", STR_ARG(str_first(request.user_code, 4)),
			STR_ARG(str_from(request.user_code, 5))),
		&row));
	return 0;
}

static int
remove_request(void **state)
{
	limiter_free(pace);
	return remove_oauth_place(state);
}

static enum err
poll_with(const struct client *client, const char *body, struct grant_outcome *ret)
{
	struct form form;
	struct grant_call call = {.cx = &cx, .client = client, .form = &form, .pace = pace};

	*ret = (struct grant_outcome){.change = NULL};
	read_form(body, &form);
	return grant_device_run(&call, ret);
}

static enum err
poll(struct grant_outcome *ret)
{
	return poll_with(&place.public,
		arena_printf(&place.arena, "device_code=%.*s", STR_ARG(request.device_code)), ret);
}

/* The answer of a poll whose change, if any, went through. */
static enum err
answer(void)
{
	struct grant_outcome outcome;
	enum err e = poll(&outcome);
	enum err changed = outcome.change ? commit(outcome.change, outcome.change_arg) : OK;

	return e ? e : changed;
}

static void
approve(void)
{
	assert_ok(device_code_approve(place.store, row.id,
		&(struct session){.user_id = place.user.id, .auth_ms = PLACE_NOW_MS - 3000},
		cx.now_ms));
}

static int64_t
interval(void)
{
	return place_count("SELECT interval_s FROM device_codes");
}

static void
test_polls_at_the_interval_are_pending(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		assert_err(answer(), ERR_AUTHORIZATION_PENDING);
		cx.now_ms += 5000;
	}
	assert_int_equal(interval(), 5);
}

static void
test_polls_before_the_interval_slow_down_for_good(void **state)
{
	(void)state;
	assert_err(answer(), ERR_AUTHORIZATION_PENDING);
	cx.now_ms += 1000;
	assert_err(answer(), ERR_SLOW_DOWN);
	assert_int_equal(interval(), 10);
	cx.now_ms += 1000;
	assert_err(answer(), ERR_SLOW_DOWN);
	assert_int_equal(interval(), 15);
	/* The column outlives the memory of the process. */
	limiter_free(pace);
	pace = limiter_new(64);
	cx.now_ms += 1000;
	assert_err(answer(), ERR_AUTHORIZATION_PENDING);
	cx.now_ms += 14000;
	assert_err(answer(), ERR_SLOW_DOWN);
	cx.now_ms += 20000;
	assert_err(answer(), ERR_AUTHORIZATION_PENDING);
}

static void
test_a_flood_of_polls_stops_writing(void **state)
{
	struct grant_outcome outcome;
	int writes = 0;

	(void)state;
	for (int i = 0; i < 1000; i++) {
		if (poll(&outcome) == ERR_SLOW_DOWN && outcome.change) {
			writes++;
			assert_ok(commit(outcome.change, outcome.change_arg));
		}
		cx.now_ms += 10;
	}
	assert_true(writes > 10);
	assert_true(interval() <= config.device_code_ttl_s + DEVICE_SLOW_DOWN_S);
	assert_err(poll(&outcome), ERR_SLOW_DOWN);
	assert_null(outcome.change);
}

static void
test_an_approved_device_gets_one_token(void **state)
{
	struct grant_outcome outcome;
	struct str payload;

	(void)state;
	approve();
	assert_ok(poll(&outcome));
	assert_true(outcome.is_expected);
	assert_ok(commit(outcome.change, outcome.change_arg));
	assert_str(outcome.scope, "openid read");
	assert_int_equal(outcome.expires_in_s, 600);
	assert_ok(
		jws_verify(&place.arena, &issuer->keys, "at+jwt", outcome.access_token, &payload));
	assert_non_null(memmem(payload.p, payload.n, "\"auth_time\":1699999997", 22));
	assert_int_equal(place_count("SELECT count(*) FROM access_tokens"), 1);
	assert_int_equal(place_count("SELECT count(*) FROM families WHERE kind = 'device'"), 1);
	assert_int_equal(
		place_count("SELECT count(*) FROM audit_log WHERE event = 'ACCESS_TOKEN_ISSUED'"),
		1);
	assert_err(answer(), ERR_INVALID_GRANT);
}

static void
test_of_parallel_polls_one_wins(void **state)
{
	enum { POLLS = 8 };
	struct grant_outcome outcomes[POLLS];
	store_change *changes[POLLS];
	enum err results[POLLS];
	void *args[POLLS];
	int won = 0;

	(void)state;
	approve();
	for (int i = 0; i < POLLS; i++) {
		assert_ok(poll(&outcomes[i]));
		changes[i] = outcomes[i].change;
		args[i] = outcomes[i].change_arg;
	}
	store_commit_group(place.store, changes, args, results, POLLS);
	for (int i = 0; i < POLLS; i++) {
		won += results[i] == OK;
		assert_true(results[i] == OK || results[i] == ERR_INVALID_GRANT);
	}
	assert_int_equal(won, 1);
	assert_int_equal(place_count("SELECT count(*) FROM access_tokens"), 1);
	assert_int_equal(
		place_count("SELECT count(*) FROM audit_log WHERE event = 'ACCESS_TOKEN_ISSUED'"),
		1);
}

static void
test_a_denied_device_is_told_so(void **state)
{
	(void)state;
	assert_ok(device_code_deny(place.store, row.id, place.user.id, cx.now_ms));
	assert_err(answer(), ERR_ACCESS_DENIED);
	assert_err(answer(), ERR_ACCESS_DENIED);
}

static void
test_an_expired_code_is_told_so_also_when_approved(void **state)
{
	(void)state;
	cx.now_ms = row.expires_ms;
	assert_err(answer(), ERR_EXPIRED_TOKEN);
	cx.now_ms = PLACE_NOW_MS;
	approve();
	cx.now_ms = row.expires_ms;
	assert_err(answer(), ERR_EXPIRED_TOKEN);
}

static void
test_a_code_that_expires_before_the_commit_gives_nothing(void **state)
{
	struct grant_outcome outcome;

	(void)state;
	approve();
	assert_ok(poll(&outcome));
	cx.now_ms = row.expires_ms;
	assert_err(commit(outcome.change, outcome.change_arg), ERR_INVALID_GRANT);
	assert_int_equal(place_count("SELECT count(*) FROM access_tokens"), 0);
}

static void
test_the_code_of_another_client_is_unknown(void **state)
{
	struct client other = place.public;
	struct grant_outcome outcome;
	const char *body;

	(void)state;
	approve();
	other.id = place.confidential.id;
	body = arena_printf(&place.arena, "device_code=%.*s", STR_ARG(request.device_code));
	assert_err(poll_with(&other, body, &outcome), ERR_INVALID_GRANT);
	assert_false(outcome.is_expected);
	assert_null(outcome.change);
	/* The owner's is not burnt by that. */
	assert_ok(answer());
}

static void
test_unknown_malformed_and_missing_codes_are_refused(void **state)
{
	struct grant_outcome outcome;
	char *bent = arena_copy(&place.arena, request.device_code.p, request.device_code.n);

	(void)state;
	approve();
	bent[30] = bent[30] == 'A' ? 'B' : 'A'; /* the right id with another secret */
	assert_err(poll_with(&place.public, arena_printf(&place.arena, "device_code=%s", bent),
			   &outcome),
		ERR_INVALID_GRANT);
	bent[2] = bent[2] == 'A' ? 'B' : 'A';
	assert_err(poll_with(&place.public, arena_printf(&place.arena, "device_code=%s", bent),
			   &outcome),
		ERR_INVALID_GRANT);
	assert_err(poll_with(&place.public, "device_code=x", &outcome), ERR_INVALID_GRANT);
	assert_err(poll_with(&place.public, "", &outcome), ERR_INVALID_REQUEST);
	assert_int_equal(place_count("SELECT count(*) FROM access_tokens"), 0);
}

static void
test_a_user_disabled_after_approval_gets_nothing(void **state)
{
	struct grant_outcome outcome;

	(void)state;
	approve();
	place_sql("UPDATE users SET disabled_ms = 1");
	assert_err(answer(), ERR_ACCESS_DENIED);
	place_sql("UPDATE users SET disabled_ms = NULL");
	assert_ok(poll(&outcome));
	/* Between the handler and its change. */
	place_sql("UPDATE users SET disabled_ms = 1");
	assert_err(commit(outcome.change, outcome.change_arg), ERR_INVALID_GRANT);
	assert_int_equal(place_count("SELECT count(*) FROM families"), 0);
}

static void
test_a_client_or_user_gone_before_the_commit_gets_nothing(void **state)
{
	struct grant_outcome outcome;

	(void)state;
	approve();
	assert_ok(poll(&outcome));
	place_sql("UPDATE clients SET status = 'disabled'");
	assert_err(commit(outcome.change, outcome.change_arg), ERR_INVALID_GRANT);
	place_sql("UPDATE clients SET status = 'active'");
	place_sql("PRAGMA foreign_keys = ON; DELETE FROM users");
	assert_err(commit(outcome.change, outcome.change_arg), ERR_INVALID_GRANT);
	assert_err(answer(), ERR_INVALID_GRANT);
	assert_int_equal(place_count("SELECT count(*) FROM access_tokens"), 0);
}

#define ON(test) cmocka_unit_test_setup_teardown(test, make_request, remove_request)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON(test_polls_at_the_interval_are_pending),
		ON(test_polls_before_the_interval_slow_down_for_good),
		ON(test_a_flood_of_polls_stops_writing),
		ON(test_an_approved_device_gets_one_token),
		ON(test_of_parallel_polls_one_wins),
		ON(test_a_denied_device_is_told_so),
		ON(test_an_expired_code_is_told_so_also_when_approved),
		ON(test_a_code_that_expires_before_the_commit_gives_nothing),
		ON(test_the_code_of_another_client_is_unknown),
		ON(test_unknown_malformed_and_missing_codes_are_refused),
		ON(test_a_user_disabled_after_approval_gets_nothing),
		ON(test_a_client_or_user_gone_before_the_commit_gets_nothing),
	};

	return RUN(tests);
}
