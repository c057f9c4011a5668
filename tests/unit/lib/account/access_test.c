/* Taking access away: all of what was meant, and nothing else. */
#include "tests/support/store.h"

#include "lib/account/access.h"
#include "lib/store/auth_code.h"
#include "lib/store/consent.h"
#include "lib/store/device_code.h"
#include "lib/store/live_token.h"
#include "lib/store/session.h"
#include "lib/store/token.h"

enum { OTHER = 9, FAMILY = 100, TOKEN = 1000, HOUR_MS = 3600 * 1000 };

static struct user other;
static struct context cx;

static int
setup(void **state)
{
	if (make_place_store(state))
		return -1;
	other = place.user;
	other.id = id_of(OTHER);
	other.username = STR("noa");
	assert_ok(user_insert(place.store, &other));
	cx = (struct context){
		.arena = &place.arena,
		.store = place.store,
		.now_ms = PLACE_NOW_MS,
		.request_id = STR("r"),
	};
	return 0;
}

/* A family with one access token; its number names both. */
static void
add_family(unsigned n, struct id user, struct id client)
{
	struct id family = id_of(FAMILY + n);

	assert_ok(family_insert(place.store, &(struct family){
						     .id = family,
						     .kind = STR("code"),
						     .client_id = client,
						     .user_id = user,
						     .scope = STR("openid"),
						     .ip = STR("192.0.2.7"),
						     .created_ms = PLACE_NOW_MS,
					     }));
	assert_ok(access_token_insert(place.store, &(struct access_token){
							   .id = id_of(TOKEN + n),
							   .family_id = family,
							   .issued_ms = PLACE_NOW_MS,
							   .expires_ms = PLACE_NOW_MS + HOUR_MS,
						   }));
}

/* What resource servers, the token endpoint and the refresh grant see agree. */
static bool
is_alive(unsigned n)
{
	struct live_token token;
	struct family family;
	enum err e;

	assert_ok(live_token_by_id(place.store, &place.arena, id_of(TOKEN + n), &token));
	assert_ok(family_by_id(place.store, &place.arena, id_of(FAMILY + n), &family));
	e = family_check_alive(place.store, id_of(FAMILY + n), PLACE_NOW_MS);
	assert_true(e == OK || e == ERR_NO_ROW);
	assert_int_equal(token.is_dead, e != OK);
	assert_int_equal(family.revoked_ms || family.disabled_ms, e != OK);
	return !token.is_dead;
}

static void
add_session(unsigned n, struct id user)
{
	assert_ok(session_insert(place.store,
		&(struct session){
			.id = id_of(n), .user_id = user, .expires_ms = PLACE_NOW_MS + HOUR_MS}));
}

static bool
has_session(unsigned n)
{
	struct session found;

	return !session_by_id(place.store, &place.arena, id_of(n), &found);
}

static enum err
change(store_change *run, const struct user *user, struct id id)
{
	struct access_change c = {.cx = &cx, .user = user, .session_id = id_of(50), .id = id};

	return store_transaction(place.store, run, &c);
}

static int64_t
audit_rows(void)
{
	return place_count("SELECT count(*) FROM audit_log");
}

static void
test_one_family_is_revoked_and_its_neighbour_lives(void **state)
{
	(void)state;
	add_family(1, place.user.id, place.public.id);
	add_family(2, place.user.id, place.public.id);
	assert_ok(change(access_revoke, &place.user, id_of(FAMILY + 1)));
	assert_false(is_alive(1));
	assert_true(is_alive(2));
	assert_int_equal(audit_rows(), 1);
}

static void
test_one_session_is_ended(void **state)
{
	(void)state;
	add_session(50, place.user.id);
	add_session(51, place.user.id);
	assert_ok(change(access_revoke, &place.user, id_of(51)));
	assert_true(has_session(50));
	assert_false(has_session(51));
}

static void
test_a_family_is_disabled_and_enabled_once_each(void **state)
{
	const struct id id = id_of(FAMILY + 1);

	(void)state;
	add_family(1, place.user.id, place.public.id);
	assert_err(change(access_enable, &place.user, id), ERR_NOT_FOUND);
	assert_ok(change(access_disable, &place.user, id));
	assert_false(is_alive(1));
	assert_err(change(access_disable, &place.user, id), ERR_NOT_FOUND);
	assert_ok(change(access_enable, &place.user, id));
	assert_true(is_alive(1));
	assert_int_equal(audit_rows(), 2);
}

static void
test_what_is_revoked_cannot_be_enabled(void **state)
{
	const struct id id = id_of(FAMILY + 1);

	(void)state;
	add_family(1, place.user.id, place.public.id);
	assert_ok(change(access_disable, &place.user, id));
	assert_ok(change(access_revoke_all, &place.user, id));
	assert_err(change(access_enable, &place.user, id), ERR_NOT_FOUND);
	assert_err(change(access_revoke, &place.user, id), ERR_NOT_FOUND);
}

static void
test_what_is_anothers_is_not_there(void **state)
{
	store_change *const all[] = {access_revoke, access_disable, access_enable};
	const struct id family = id_of(FAMILY + 1);

	(void)state;
	add_family(1, place.user.id, place.public.id);
	add_session(51, place.user.id);
	for (size_t i = 0; i < countof(all); i++) {
		assert_err(change(all[i], &other, family), ERR_NOT_FOUND);
		assert_err(change(all[i], &other, id_of(51)), ERR_NOT_FOUND);
	}
	assert_err(change(access_revoke_client, &other, place.public.id), ERR_NOT_FOUND);
	assert_true(is_alive(1) && has_session(51));
	assert_int_equal(audit_rows(), 0);
}

static void
test_all_is_ended_but_this_browser_and_others(void **state)
{
	(void)state;
	add_family(1, place.user.id, place.public.id);
	add_family(2, place.user.id, place.confidential.id);
	add_family(3, other.id, place.public.id);
	add_session(50, place.user.id);
	add_session(51, place.user.id);
	add_session(52, other.id);
	assert_ok(change(access_revoke_all, &place.user, id_of(0)));
	assert_false(is_alive(1));
	assert_false(is_alive(2));
	assert_true(is_alive(3));
	assert_true(has_session(50) && has_session(52));
	assert_false(has_session(51));
}

/* The reason for epochs: the writer must not touch a row per family. */
static void
test_revoking_all_writes_no_row_of_a_family(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= 20; n++)
		add_family(n, place.user.id, place.public.id);
	assert_ok(change(access_revoke_all, &place.user, id_of(0)));
	assert_int_equal(
		place_count("SELECT count(*) FROM families WHERE revoked_ms IS NOT NULL"), 0);
	assert_int_equal(place_count("SELECT count(*) FROM living_families"), 0);
}

static void
test_a_family_of_the_same_millisecond_is_on_the_right_side(void **state)
{
	(void)state;
	for (unsigned n = 1; n <= 5; n++) {
		add_family(n, place.user.id, place.public.id);
		assert_true(is_alive(n));
		assert_ok(change(n % 2 ? access_revoke_all : access_revoke_client, &place.user,
			place.public.id));
		assert_false(is_alive(n));
	}
}

static void
test_a_clock_that_steps_back_revives_nothing(void **state)
{
	(void)state;
	assert_ok(change(access_revoke_all, &place.user, id_of(0)));
	add_family(1, place.user.id, place.public.id);
	cx.now_ms -= HOUR_MS;
	assert_ok(change(access_revoke_all, &place.user, id_of(0)));
	assert_false(is_alive(1));
	add_family(2, place.user.id, place.public.id);
	assert_true(is_alive(2));
}

static void
test_a_client_loses_its_families_and_no_other_does(void **state)
{
	(void)state;
	add_family(1, place.user.id, place.public.id);
	add_family(2, place.user.id, place.confidential.id);
	add_family(3, other.id, place.public.id);
	assert_ok(change(access_revoke_client, &place.user, place.public.id));
	assert_false(is_alive(1));
	assert_true(is_alive(2) && is_alive(3));
	assert_err(change(access_revoke_client, &place.user, place.public.id), ERR_NOT_FOUND);
	assert_int_equal(audit_rows(), 1);
}

static void
test_revoking_one_client_after_another_keeps_both_dead(void **state)
{
	(void)state;
	add_family(1, place.user.id, place.public.id);
	add_family(2, place.user.id, place.confidential.id);
	assert_ok(change(access_revoke_client, &place.user, place.public.id));
	assert_ok(change(access_revoke_client, &place.user, place.confidential.id));
	assert_false(is_alive(1) || is_alive(2));
	add_family(3, place.user.id, place.public.id);
	assert_true(is_alive(3));
}

static void
test_a_consent_alone_is_something_to_revoke(void **state)
{
	const struct consent consent = {
		.user_id = place.user.id, .client_id = place.public.id, .scope = STR("openid")};
	struct consent found;

	(void)state;
	assert_ok(consent_put(place.store, &consent));
	assert_ok(change(access_revoke_client, &place.user, place.public.id));
	assert_err(
		consent_get(place.store, &place.arena, consent.user_id, consent.client_id, &found),
		ERR_NO_ROW);
}

static void
add_codes(void)
{
	assert_ok(auth_code_insert(place.store, &(struct auth_code){
							.id = id_of(70),
							.family_id = id_of(72),
							.session_id = id_of(73),
							.client_id = place.public.id,
							.user_id = place.user.id,
							.expires_ms = PLACE_NOW_MS + HOUR_MS,
						}));
	assert_ok(device_code_insert(place.store, &(struct device_code){
							  .id = id_of(71),
							  .user_code = STR("WDJBMJHT"),
							  .client_id = place.public.id,
							  .state = STR("pending"),
							  .expires_ms = PLACE_NOW_MS + HOUR_MS,
						  }));
	assert_ok(device_code_approve(place.store, id_of(71),
		&(struct session){.user_id = place.user.id, .auth_ms = PLACE_NOW_MS},
		PLACE_NOW_MS));
}

static void
assert_codes_are_dead(void)
{
	assert_err(auth_code_redeem(place.store, id_of(70), PLACE_NOW_MS), ERR_NO_ROW);
	assert_err(device_code_redeem(place.store, id_of(71), PLACE_NOW_MS), ERR_NO_ROW);
}

static void
test_codes_of_the_client_end_with_it(void **state)
{
	(void)state;
	add_codes();
	assert_ok(change(access_revoke_client, &place.user, place.public.id));
	assert_codes_are_dead();
}

static void
test_all_codes_end_with_all(void **state)
{
	(void)state;
	add_codes();
	assert_ok(change(access_revoke_all, &place.user, id_of(0)));
	assert_codes_are_dead();
}

static void
test_codes_of_another_client_stay(void **state)
{
	(void)state;
	add_codes();
	add_family(1, place.user.id, place.confidential.id);
	assert_ok(change(access_revoke_client, &place.user, place.confidential.id));
	assert_ok(auth_code_redeem(place.store, id_of(70), PLACE_NOW_MS));
	assert_ok(device_code_redeem(place.store, id_of(71), PLACE_NOW_MS));
}

static void
test_a_clients_own_tokens_are_nobodys(void **state)
{
	struct live_token token;

	(void)state;
	assert_ok(family_ensure_for_client(place.store, &place.confidential, PLACE_NOW_MS));
	assert_ok(access_token_insert(place.store,
		&(struct access_token){.id = id_of(TOKEN), .family_id = place.confidential.id}));
	assert_ok(change(access_revoke_all, &place.user, id_of(0)));
	assert_err(change(access_revoke, &place.user, place.confidential.id), ERR_NOT_FOUND);
	assert_ok(live_token_by_id(place.store, &place.arena, id_of(TOKEN), &token));
	assert_false(token.is_dead);
	place_sql("UPDATE families SET revoked_ms = 1 WHERE kind = 'client'");
	assert_ok(live_token_by_id(place.store, &place.arena, id_of(TOKEN), &token));
	assert_true(token.is_dead);
}

#define TEST(name) cmocka_unit_test_setup_teardown(test_##name, setup, remove_place_store)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_family_is_revoked_and_its_neighbour_lives),
		TEST(one_session_is_ended),
		TEST(a_family_is_disabled_and_enabled_once_each),
		TEST(what_is_revoked_cannot_be_enabled),
		TEST(what_is_anothers_is_not_there),
		TEST(all_is_ended_but_this_browser_and_others),
		TEST(revoking_all_writes_no_row_of_a_family),
		TEST(a_family_of_the_same_millisecond_is_on_the_right_side),
		TEST(a_clock_that_steps_back_revives_nothing),
		TEST(a_client_loses_its_families_and_no_other_does),
		TEST(revoking_one_client_after_another_keeps_both_dead),
		TEST(a_consent_alone_is_something_to_revoke),
		TEST(codes_of_the_client_end_with_it),
		TEST(all_codes_end_with_all),
		TEST(codes_of_another_client_stay),
		TEST(a_clients_own_tokens_are_nobodys),
	};

	return RUN(tests);
}
