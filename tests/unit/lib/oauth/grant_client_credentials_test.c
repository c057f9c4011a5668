/* A client's own tokens: what it may ask for, and what is written. */
#include "tests/support/oauth.h"

static enum err
run(const char *body, struct grant_outcome *ret)
{
	struct form form;
	struct grant_call call = {.cx = &cx, .client = &place.confidential, .form = &form};

	*ret = (struct grant_outcome){.change = NULL};
	read_form(body, &form);
	return grant_client_credentials_run(&call, ret);
}

static void
test_a_client_gets_a_token_of_its_own(void **state)
{
	struct grant_outcome outcome;
	struct str payload;
	char *sub;

	(void)state;
	assert_ok(run("scope=read", &outcome));
	assert_int_equal(place_count("SELECT count(*) FROM access_tokens"), 0);
	assert_ok(commit(outcome.change, outcome.change_arg));
	assert_int_equal(outcome.expires_in_s, 3600);
	assert_str(outcome.scope, "read");
	assert_ok(
		jws_verify(&place.arena, &issuer->keys, "at+jwt", outcome.access_token, &payload));
	/* Cannot be taken for a user's id. */
	sub = arena_printf(&place.arena, "\"sub\":\"client:%.*s\"",
		STR_ARG(id_text(&place.arena, place.confidential.id)));
	assert_non_null(memmem(payload.p, payload.n, sub, strlen(sub)));
	assert_int_equal(place_count("SELECT count(*) FROM access_tokens"), 1);
	assert_int_equal(place_count("SELECT count(*) FROM refresh_tokens"), 0);
	assert_int_equal(place_count("SELECT count(*) FROM audit_log WHERE event = "
				     "'CLIENT_CREDENTIALS_TOKEN_ISSUED'"),
		1);
}

static void
test_all_its_tokens_share_one_family(void **state)
{
	struct grant_outcome outcome;

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_ok(run("", &outcome));
		assert_ok(commit(outcome.change, outcome.change_arg));
	}
	assert_int_equal(place_count("SELECT count(*) FROM access_tokens"), 3);
	assert_int_equal(place_count("SELECT count(*) FROM families"), 1);
}

static void
test_scopes_of_a_person_are_not_for_machines(void **state)
{
	static const char *const wrong[] = {"scope=offline_access", "scope=profile", "scope=email",
		"scope=read+offline_access", "scope=admin", "scope=%22"};
	struct grant_outcome outcome;

	(void)state;
	for (size_t i = 0; i < countof(wrong); i++) {
		assert_err(run(wrong[i], &outcome), ERR_INVALID_SCOPE);
		assert_null(outcome.change);
		assert_int_equal(outcome.access_token.n, 0);
	}
	assert_ok(run("", &outcome));
	assert_str(outcome.scope, "read");
	/* Some libraries always send it. */
	assert_ok(run("scope=openid", &outcome));
	assert_str(outcome.scope, "read");
	assert_ok(run("scope=openid+read", &outcome));
	assert_str(outcome.scope, "read");
}

static void
test_a_public_client_may_not_use_it(void **state)
{
	const struct grant *grant;

	(void)state;
	assert_ok(grant_find(&cx, STR("client_credentials"), &grant));
	assert_ok(grant_permit(&cx, grant, &place.confidential));
	place.public.grants = STR("client_credentials");
	assert_err(grant_permit(&cx, grant, &place.public), ERR_UNAUTHORIZED_CLIENT);
	place.confidential.grants = STR("client_credentials2");
	assert_err(grant_permit(&cx, grant, &place.confidential), ERR_UNAUTHORIZED_CLIENT);
}

static void
test_two_issues_that_race_for_the_first_family_both_succeed(void **state)
{
	struct grant_outcome outcomes[2];
	store_change *changes[2];
	enum err results[2];
	void *args[2];

	(void)state;
	for (int i = 0; i < 2; i++) {
		assert_ok(run("", &outcomes[i]));
		changes[i] = outcomes[i].change;
		args[i] = outcomes[i].change_arg;
	}
	store_commit_group(place.store, changes, args, results, 2);
	assert_ok(results[0]);
	assert_ok(results[1]);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_ISSUER(test_a_client_gets_a_token_of_its_own),
		WITH_ISSUER(test_all_its_tokens_share_one_family),
		WITH_ISSUER(test_scopes_of_a_person_are_not_for_machines),
		WITH_ISSUER(test_a_public_client_may_not_use_it),
		WITH_ISSUER(test_two_issues_that_race_for_the_first_family_both_succeed),
	};

	return RUN(tests);
}
