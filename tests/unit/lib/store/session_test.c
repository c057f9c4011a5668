/* Browser sessions: they move on, end, and belong to one user. */
#include "tests/support/store.h"

#include "lib/store/session.h"

static struct session
add(unsigned n, struct id user, int64_t expires_ms)
{
	struct session s = {
		.id = id_of(n),
		.digest = sha256(STR("secret")),
		.user_id = user,
		.ip = STR("192.0.2.1"),
		.user_agent = STR("browser"),
		.created_ms = PLACE_NOW_MS,
		.seen_ms = PLACE_NOW_MS,
		.expires_ms = expires_ms,
	};

	assert_ok(session_insert(place.store, &s));
	return s;
}

static struct id
add_bob(void)
{
	struct user bob = place.user;

	bob.id = id_of(5);
	bob.username = STR("bob");
	assert_ok(user_insert(place.store, &bob));
	return bob.id;
}

static enum err
read_back(unsigned n, struct session *ret)
{
	return session_by_id(place.store, &place.arena, id_of(n), ret);
}

static void
test_a_session_comes_back_as_it_was_written(void **state)
{
	struct session wrote = add(20, place.user.id, PLACE_NOW_MS + 5), got;

	(void)state;
	assert_ok(read_back(20, &got));
	assert_true(digest_eq(got.digest, wrote.digest));
	assert_true(id_eq(got.user_id, place.user.id));
	assert_true(id_is_zero(got.review_id));
	assert_str(got.ip, "192.0.2.1");
	assert_str(got.user_agent, "browser");
	assert_int_equal(got.created_ms, PLACE_NOW_MS);
	assert_int_equal(got.expires_ms, PLACE_NOW_MS + 5);
}

static void
test_a_touch_moves_one_session_on(void **state)
{
	struct session got;

	(void)state;
	(void)add(20, place.user.id, PLACE_NOW_MS + 5);
	(void)add(21, place.user.id, PLACE_NOW_MS + 5);
	assert_ok(session_touch(place.store, id_of(20), PLACE_NOW_MS + 1, PLACE_NOW_MS + 9));
	assert_ok(read_back(20, &got));
	assert_int_equal(got.seen_ms, PLACE_NOW_MS + 1);
	assert_int_equal(got.expires_ms, PLACE_NOW_MS + 9);
	assert_int_equal(got.created_ms, PLACE_NOW_MS);
	assert_ok(read_back(21, &got));
	assert_int_equal(got.seen_ms, PLACE_NOW_MS);
	/* One that has been signed out stays so. */
	assert_ok(session_delete_one_of_user(place.store, id_of(20), place.user.id));
	assert_err(session_touch(place.store, id_of(20), PLACE_NOW_MS, PLACE_NOW_MS), ERR_NO_ROW);
	assert_err(read_back(20, &got), ERR_NO_ROW);
}

static void
test_signing_out_everywhere_spares_other_people(void **state)
{
	struct id bob = add_bob();
	struct session got;

	(void)state;
	(void)add(20, place.user.id, PLACE_NOW_MS + 5);
	(void)add(21, place.user.id, PLACE_NOW_MS + 5);
	(void)add(22, bob, PLACE_NOW_MS + 5);
	assert_ok(session_delete_of_user(place.store, place.user.id));
	assert_err(read_back(20, &got), ERR_NO_ROW);
	assert_err(read_back(21, &got), ERR_NO_ROW);
	assert_ok(read_back(22, &got));
}

static void
test_a_user_ends_only_sessions_of_their_own(void **state)
{
	struct id bob = add_bob();
	struct session got;
	int64_t ended;

	(void)state;
	(void)add(20, place.user.id, PLACE_NOW_MS + 5);
	(void)add(21, place.user.id, PLACE_NOW_MS + 5);
	(void)add(22, bob, PLACE_NOW_MS + 5);
	assert_err(session_delete_one_of_user(place.store, id_of(20), bob), ERR_NO_ROW);
	assert_ok(session_delete_one_of_user(place.store, id_of(22), bob));
	assert_ok(session_delete_others_of_user(place.store, place.user.id, id_of(20), &ended));
	assert_int_equal(ended, 1);
	assert_ok(read_back(20, &got));
	assert_err(read_back(21, &got), ERR_NO_ROW);
}

static void
test_a_renewed_session_has_another_secret(void **state)
{
	struct session s = add(20, place.user.id, PLACE_NOW_MS + 5), got;

	(void)state;
	s.digest = sha256(STR("another"));
	s.created_ms = s.seen_ms = PLACE_NOW_MS + 3;
	assert_ok(session_renew(place.store, &s));
	assert_ok(read_back(20, &got));
	assert_true(digest_eq(got.digest, s.digest));
	assert_int_equal(got.created_ms, PLACE_NOW_MS + 3);
	s.user_id = add_bob();
	assert_err(session_renew(place.store, &s), ERR_NO_ROW);
	assert_ok(session_delete_one_of_user(place.store, id_of(20), place.user.id));
	s.user_id = place.user.id;
	assert_err(session_renew(place.store, &s), ERR_NO_ROW);
}

static void
test_purging_is_bounded_and_takes_only_what_has_expired(void **state)
{
	struct session got;
	int64_t n = -1;

	(void)state;
	for (unsigned i = 0; i < 5; i++)
		(void)add(20 + i, place.user.id, PLACE_NOW_MS - (i < 4));
	assert_ok(session_purge(place.store, PLACE_NOW_MS - 1, 3, &n));
	assert_int_equal(n, 3);
	assert_ok(session_purge(place.store, PLACE_NOW_MS - 1, 3, &n));
	assert_int_equal(n, 1);
	assert_ok(session_purge(place.store, PLACE_NOW_MS - 1, 3, &n));
	assert_int_equal(n, 0);
	assert_ok(read_back(24, &got));
}

static void
test_sessions_go_with_their_user(void **state)
{
	struct session got;

	(void)state;
	(void)add(20, place.user.id, PLACE_NOW_MS + 5);
	place_sql("PRAGMA foreign_keys = ON; DELETE FROM users");
	assert_err(read_back(20, &got), ERR_NO_ROW);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_PLACE(test_a_session_comes_back_as_it_was_written),
		IN_PLACE(test_a_touch_moves_one_session_on),
		IN_PLACE(test_signing_out_everywhere_spares_other_people),
		IN_PLACE(test_a_user_ends_only_sessions_of_their_own),
		IN_PLACE(test_a_renewed_session_has_another_secret),
		IN_PLACE(test_purging_is_bounded_and_takes_only_what_has_expired),
		IN_PLACE(test_sessions_go_with_their_user),
	};

	return RUN(tests);
}
