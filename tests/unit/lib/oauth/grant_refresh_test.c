/* Refresh tokens: rotated once, retried for a while, reused never. */
#include "tests/support/oauth.h"

#include "lib/crypto/credential.h"
#include "lib/store/token.h"

enum { DAY_MS = 24 * 3600 * 1000 };

static struct str first; /* the refresh token that was issued */

static const char *
hex_of(struct id id)
{
	char *hex = arena_alloc(&place.arena, 2 * ID_SIZE + 1);

	for (int i = 0; i < ID_SIZE; i++)
		(void)snprintf(hex + 2 * (size_t)i, 3, "%02x", id.bytes[i]);
	return hex;
}

static int
make_family(void **state)
{
	struct credential credential;

	if (make_oauth_place(state))
		return -1;
	config.refresh_enabled = true;
	config.refresh_mode = STR("auto");
	config.refresh_ttl_s = 30 * 24 * 3600;
	config.refresh_family_ttl_s = 365 * 24 * 3600;
	config.refresh_retry_s = 30;
	place.public.grants = STR("refresh_token");
	place.public.scopes = STR("read write offline_access");
	assert_ok(family_insert(
		place.store, &(struct family){.id = id_of(10),
				     .kind = STR("code"),
				     .client_id = place.public.id,
				     .user_id = place.user.id,
				     .scope = STR("read write offline_access"),
				     .created_ms = PLACE_NOW_MS,
				     .expires_ms = PLACE_NOW_MS + (int64_t)365 * DAY_MS}));
	assert_ok(credential_new(&place.arena, PLACE_NOW_MS, &credential, &first));
	assert_ok(refresh_token_insert(
		place.store, &(struct refresh_token){.id = credential.id,
				     .family_id = id_of(10),
				     .digest = credential.digest,
				     .scope = STR("read write offline_access"),
				     .issued_ms = PLACE_NOW_MS,
				     .expires_ms = PLACE_NOW_MS + (int64_t)30 * DAY_MS}));
	return 0;
}

static enum err
run(struct str token, const char *more, struct grant_outcome *ret)
{
	struct form form;
	struct grant_call call = {.cx = &cx, .client = &place.public, .form = &form};

	*ret = (struct grant_outcome){.change = NULL};
	read_form(arena_printf(&place.arena, "refresh_token=%.*s%s", STR_ARG(token), more), &form);
	return grant_refresh_run(&call, ret);
}

/* The answer after the commit, and the refresh token in it. */
static enum err
refresh(struct str token, struct str *ret)
{
	struct grant_outcome outcome;
	enum err e = run(token, "", &outcome);
	enum err changed = outcome.change ? commit(outcome.change, outcome.change_arg) : OK;

	if (!e && !changed)
		*ret = outcome.refresh_token;
	return e ? e : changed;
}

static int64_t
access_tokens(void)
{
	return place_count("SELECT count(*) FROM access_tokens");
}

static void
test_a_token_of_a_public_client_rotates(void **state)
{
	struct str second = STR_NONE, third = STR_NONE;

	(void)state;
	assert_ok(refresh(first, &second));
	assert_false(str_eq(first, second));
	cx.now_ms += DAY_MS;
	assert_ok(refresh(second, &third));
	assert_false(str_eq(second, third));
	assert_int_equal(access_tokens(), 2);
}

static void
test_a_fixed_token_stays_what_it_is(void **state)
{
	struct str second = STR_NONE;

	(void)state;
	config.refresh_mode = STR("fixed");
	for (int i = 0; i < 3; i++) {
		assert_ok(refresh(first, &second));
		assert_true(str_eq(first, second));
		cx.now_ms += DAY_MS;
	}
	assert_int_equal(place_count("SELECT count(*) FROM refresh_tokens"), 1);
}

static void
test_a_lost_answer_is_given_again_within_the_window(void **state)
{
	struct str second = STR_NONE, again = STR_NONE;

	(void)state;
	assert_ok(refresh(first, &second));
	cx.now_ms += 29 * 1000;
	assert_ok(refresh(first, &again));
	assert_true(str_eq(second, again));
	assert_ok(refresh(again, &second));
}

static void
test_reuse_after_the_window_ends_the_family(void **state)
{
	struct str second = STR_NONE, none;

	(void)state;
	assert_ok(refresh(first, &second));
	cx.now_ms += 30 * 1000;
	assert_err(refresh(first, &none), ERR_INVALID_GRANT);
	assert_int_equal(place_count("SELECT count(*) FROM families WHERE revoked_ms > 0"), 1);
	assert_err(refresh(second, &none), ERR_INVALID_GRANT);
	assert_int_equal(access_tokens(), 1);
}

/* B31 */
static void
test_without_a_window_a_second_use_ends_the_family_at_once(void **state)
{
	struct str second = STR_NONE, none;

	(void)state;
	config.refresh_retry_s = 0;
	assert_ok(refresh(first, &second));
	assert_err(refresh(first, &none), ERR_INVALID_GRANT);
	assert_int_equal(place_count("SELECT count(*) FROM families WHERE revoked_ms > 0"), 1);
	assert_err(refresh(second, &none), ERR_INVALID_GRANT);
	assert_int_equal(access_tokens(), 1);
}

static void
test_of_parallel_uses_one_rotates(void **state)
{
	enum { USES = 6 };
	struct grant_outcome outcomes[USES];
	store_change *changes[USES];
	enum err results[USES];
	void *args[USES];
	int won = 0;

	(void)state;
	for (int i = 0; i < USES; i++) {
		assert_ok(run(first, "", &outcomes[i]));
		changes[i] = outcomes[i].change;
		args[i] = outcomes[i].change_arg;
	}
	store_commit_group(place.store, changes, args, results, USES);
	for (int i = 0; i < USES; i++) {
		won += results[i] == OK;
		assert_true(results[i] == OK || results[i] == ERR_RACE);
	}
	assert_int_equal(won, 1);
	assert_int_equal(access_tokens(), 1);
	assert_int_equal(place_count("SELECT count(*) FROM refresh_tokens"), 2);
}

static void
test_a_scope_may_shrink_for_one_answer_and_never_grow(void **state)
{
	struct grant_outcome outcome;
	struct str second = STR_NONE;

	(void)state;
	config.refresh_mode = STR("fixed");
	assert_ok(run(first, "&scope=read", &outcome));
	assert_str(outcome.scope, "read");
	assert_ok(commit(outcome.change, outcome.change_arg));
	assert_ok(refresh(first, &second));
	assert_ok(run(first, "", &outcome));
	assert_str(outcome.scope, "read write offline_access");
	assert_err(run(first, "&scope=read+admin", &outcome), ERR_INVALID_SCOPE);
	/* What the client may no longer have. */
	place.public.scopes = STR("read offline_access");
	assert_ok(run(first, "", &outcome));
	assert_str(outcome.scope, "read offline_access");
	assert_err(run(first, "&scope=write", &outcome), ERR_INVALID_SCOPE);
}

static void
test_what_is_not_a_living_token_of_this_client_is_refused(void **state)
{
	struct grant_outcome outcome;
	struct str none;
	char *bent = arena_copy(&place.arena, first.p, first.n);

	(void)state;
	bent[40] = bent[40] == 'A' ? 'B' : 'A';
	assert_err(refresh(str_of(bent), &none), ERR_INVALID_GRANT);
	assert_err(refresh(STR("nonsense"), &none), ERR_INVALID_GRANT);
	assert_err(run(STR_NONE, "", &outcome), ERR_INVALID_REQUEST);
	place.public.id = place.confidential.id;
	assert_err(refresh(first, &none), ERR_INVALID_GRANT);
	place.public.id = id_of(2);
	assert_ok(run(first, "", &outcome));
}

static void
test_an_idle_token_and_an_old_family_end(void **state)
{
	struct str none;

	(void)state;
	cx.now_ms = PLACE_NOW_MS + (int64_t)30 * DAY_MS;
	assert_err(refresh(first, &none), ERR_INVALID_GRANT);
	cx.now_ms = PLACE_NOW_MS;
	place_sql("UPDATE families SET expires_ms = 1700000001000");
	assert_ok(refresh(first, &none));
	/* No successor outlives the family. */
	assert_int_equal(place_count("SELECT max(expires_ms) FROM refresh_tokens WHERE used_ms IS "
				     "NULL"),
		1700000001000);
	cx.now_ms += 1000;
	assert_err(refresh(none, &none), ERR_INVALID_GRANT);
}

static void
test_a_user_or_client_lost_before_the_commit_gets_nothing(void **state)
{
	struct grant_outcome outcome;
	struct str none;

	(void)state;
	assert_ok(run(first, "", &outcome));
	place_sql("UPDATE users SET disabled_ms = 1");
	assert_err(commit(outcome.change, outcome.change_arg), ERR_INVALID_GRANT);
	assert_err(refresh(first, &none), ERR_INVALID_GRANT);
	place_sql("UPDATE users SET disabled_ms = NULL; UPDATE clients SET status = 'disabled'");
	assert_err(commit(outcome.change, outcome.change_arg), ERR_INVALID_GRANT);
	place_sql("UPDATE clients SET status = 'active'");
	assert_int_equal(access_tokens(), 0);
	/* Nothing of it burnt the token. */
	assert_ok(commit(outcome.change, outcome.change_arg));
}

#define ON(test) cmocka_unit_test_setup_teardown(test, make_family, remove_oauth_place)

#define IMPORTED "eyJhbGciOiJIUzI1NiJ9.eyJ0eXBlIjoicmVmcmVzaCJ9.x"

static void
import(struct id client)
{
	place_sql("UPDATE refresh_tokens SET revoked_ms = 1");
	place_sql(arena_printf(
		&place.arena, "UPDATE families SET client_id = x'%s'", hex_of(client)));
	assert_ok(refresh_token_insert(
		place.store, &(struct refresh_token){.id = id_of(11),
				     .family_id = id_of(10),
				     .digest = sha256(STR(IMPORTED)),
				     .scope = STR("read write offline_access"),
				     .issued_ms = PLACE_NOW_MS,
				     .expires_ms = PLACE_NOW_MS + (int64_t)2 * DAY_MS,
				     .is_imported = true}));
}

static void
test_an_imported_token_becomes_one_of_ours(void **state)
{
	struct str second = STR_NONE, again = STR_NONE, none;

	(void)state;
	config.refresh_mode = STR("fixed");
	import(place.public.id);
	assert_err(refresh(STR(IMPORTED "x"), &none), ERR_INVALID_GRANT);
	assert_ok(refresh(STR(IMPORTED), &second));
	assert_int_equal(second.n, CREDENTIAL_TEXT_SIZE);
	assert_ok(refresh(STR(IMPORTED), &again));
	assert_true(str_eq(second, again));
	assert_ok(refresh(second, &again));
	assert_true(str_eq(second, again));
	cx.now_ms += 30 * 1000;
	assert_err(refresh(STR(IMPORTED), &none), ERR_INVALID_GRANT);
	assert_err(refresh(second, &none), ERR_INVALID_GRANT);
}

static void
test_an_imported_token_expires_and_is_its_clients_alone(void **state)
{
	struct str none;

	(void)state;
	import(place.confidential.id);
	assert_err(refresh(STR(IMPORTED), &none), ERR_INVALID_GRANT);
	place_sql(arena_printf(
		&place.arena, "UPDATE families SET client_id = x'%s'", hex_of(place.public.id)));
	cx.now_ms += 2 * DAY_MS;
	assert_err(refresh(STR(IMPORTED), &none), ERR_INVALID_GRANT);
	cx.now_ms -= 1;
	place_sql("UPDATE refresh_tokens SET revoked_ms = 1");
	assert_err(refresh(STR(IMPORTED), &none), ERR_INVALID_GRANT);
	place_sql("UPDATE refresh_tokens SET revoked_ms = NULL");
	assert_ok(refresh(STR(IMPORTED), &none));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON(test_a_token_of_a_public_client_rotates),
		ON(test_a_fixed_token_stays_what_it_is),
		ON(test_a_lost_answer_is_given_again_within_the_window),
		ON(test_reuse_after_the_window_ends_the_family),
		ON(test_without_a_window_a_second_use_ends_the_family_at_once),
		ON(test_of_parallel_uses_one_rotates),
		ON(test_a_scope_may_shrink_for_one_answer_and_never_grow),
		ON(test_what_is_not_a_living_token_of_this_client_is_refused),
		ON(test_an_idle_token_and_an_old_family_end),
		ON(test_an_imported_token_becomes_one_of_ours),
		ON(test_an_imported_token_expires_and_is_its_clients_alone),
		ON(test_a_user_or_client_lost_before_the_commit_gets_nothing),
	};

	return RUN(tests);
}
