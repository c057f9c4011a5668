/* Families and their tokens: kept as long as they mean something, no longer. */
#include "tests/support/store.h"

#include "lib/store/token.h"

enum { HOUR_MS = 3600 * 1000 };

static void
add_family(unsigned n, const char *kind)
{
	assert_ok(family_insert(place.store, &(struct family){.id = id_of(n),
						     .kind = str_of(kind),
						     .client_id = place.public.id,
						     .user_id = place.user.id,
						     .created_ms = PLACE_NOW_MS}));
}

static void
add_access(unsigned n, unsigned family, int64_t expires_ms)
{
	assert_ok(access_token_insert(place.store,
		&(struct access_token){
			.id = id_of(n), .family_id = id_of(family), .expires_ms = expires_ms}));
}

static void
add_refresh(unsigned n, unsigned family, int64_t expires_ms)
{
	assert_ok(refresh_token_insert(place.store,
		&(struct refresh_token){
			.id = id_of(n), .family_id = id_of(family), .expires_ms = expires_ms}));
}

/* One whole walk in slices; what it deleted. */
static int64_t
walk(int64_t made_before_ms, int64_t limit)
{
	struct id at = {{0}};
	int64_t total = 0;

	for (int i = 0; i < 100; i++) {
		int64_t n = -1;

		assert_ok(family_purge(place.store, &at, made_before_ms, limit, &n));
		assert_true(n >= 0 && n <= limit);
		total += n;
		if (id_is_zero(at))
			return total;
	}
	fail_msg("the walk does not end");
	return total;
}

static int64_t
families(void)
{
	return place_count("SELECT count(*) FROM families");
}

static void
test_a_family_goes_when_its_last_token_has_gone(void **state)
{
	int64_t n;

	(void)state;
	add_family(10, "device");
	add_family(11, "code");
	add_access(20, 10, PLACE_NOW_MS - 1);
	add_access(21, 11, PLACE_NOW_MS - 1);
	add_refresh(30, 11, PLACE_NOW_MS + HOUR_MS);
	assert_int_equal(walk(PLACE_NOW_MS, 500), 0);
	assert_ok(access_token_purge(place.store, PLACE_NOW_MS, 500, &n));
	assert_int_equal(n, 2);
	assert_int_equal(walk(PLACE_NOW_MS, 500), 1);
	assert_int_equal(families(), 1);
	assert_ok(refresh_token_purge(place.store, PLACE_NOW_MS + HOUR_MS + 1, 500, &n));
	assert_int_equal(n, 1);
	assert_int_equal(walk(PLACE_NOW_MS, 500), 1);
	assert_int_equal(families(), 0);
}

static void
test_a_young_family_stays(void **state)
{
	(void)state;
	add_family(10, "device");
	/* id_of makes ids of a second before now. */
	assert_int_equal(walk(PLACE_NOW_MS - 1000, 500), 0);
	assert_int_equal(walk(PLACE_NOW_MS - 999, 500), 1);
}

static void
test_the_family_of_a_client_stays_without_tokens(void **state)
{
	(void)state;
	assert_ok(family_ensure_for_client(place.store, &place.confidential, PLACE_NOW_MS));
	assert_int_equal(walk(PLACE_NOW_MS, 500), 0);
	assert_int_equal(families(), 1);
}

static void
test_the_family_of_a_client_goes_with_its_epoch(void **state)
{
	struct client *client = &place.confidential;
	struct id first = client_family_id(client);

	(void)state;
	assert_true(id_eq(first, client->id));
	for (int i = 0; i < 2; i++) {
		assert_ok(family_ensure_for_client(place.store, client, PLACE_NOW_MS));
		assert_ok(client_begin_epoch(place.store, client->id, PLACE_NOW_MS - 5000));
		assert_ok(client_by_id(place.store, &place.arena, client->id, client));
		assert_int_equal(client->epoch_ms, PLACE_NOW_MS - 5000 + i);
		assert_false(id_eq(client_family_id(client), first));
	}
	assert_ok(family_ensure_for_client(place.store, client, PLACE_NOW_MS));
	assert_int_equal(families(), 3);
	assert_int_equal(walk(PLACE_NOW_MS, 500), 2);
	assert_int_equal(families(), 1);
}

static void
test_a_walk_in_slices_passes_living_families(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 40; i++) {
		add_family(100 + i, "device");
		if (i % 4)
			add_access(200 + i, 100 + i, PLACE_NOW_MS + HOUR_MS);
	}
	for (int64_t limit = 1; limit < 50; limit += 6) {
		int64_t before = families();

		assert_int_equal(walk(PLACE_NOW_MS, limit), before - 30);
		add_family(100, "device");
	}
	assert_int_equal(families(), 31);
}

static void
test_an_expired_slice_does_not_stop_the_walk(void **state)
{
	struct id at = id_of(9999);
	int64_t n = -1;

	(void)state;
	add_family(10, "device");
	/* Behind the last one: begins anew. */
	assert_ok(family_purge(place.store, &at, PLACE_NOW_MS, 500, &n));
	assert_int_equal(n, 0);
	assert_true(id_is_zero(at));
	assert_ok(family_purge(place.store, &at, PLACE_NOW_MS, 500, &n));
	assert_int_equal(n, 1);
}

static void
test_refresh_tokens_are_purged_in_batches_used_ones_included(void **state)
{
	struct refresh_token t;
	int64_t n = -1;

	(void)state;
	add_family(10, "code");
	for (unsigned i = 0; i < 6; i++)
		add_refresh(30 + i, 10, i < 2 ? PLACE_NOW_MS + HOUR_MS : PLACE_NOW_MS - 1);
	assert_ok(refresh_token_rotate(place.store, id_of(30), STR("sealed"), PLACE_NOW_MS));
	assert_ok(refresh_token_purge(place.store, PLACE_NOW_MS, 3, &n));
	assert_int_equal(n, 3);
	assert_ok(refresh_token_purge(place.store, PLACE_NOW_MS, 3, &n));
	assert_int_equal(n, 1);
	assert_ok(refresh_token_by_id(place.store, &place.arena, id_of(30), &t));
	assert_int_equal(t.used_ms, PLACE_NOW_MS);
	assert_str(t.successor_sealed, "sealed");
}

static void
test_a_refresh_token_rotates_once(void **state)
{
	(void)state;
	add_family(10, "code");
	add_refresh(30, 10, PLACE_NOW_MS + HOUR_MS);
	add_refresh(31, 10, PLACE_NOW_MS);
	assert_ok(refresh_token_rotate(place.store, id_of(30), STR("x"), PLACE_NOW_MS));
	assert_err(
		refresh_token_rotate(place.store, id_of(30), STR("y"), PLACE_NOW_MS), ERR_NO_ROW);
	assert_err(
		refresh_token_rotate(place.store, id_of(31), STR("x"), PLACE_NOW_MS), ERR_NO_ROW);
	assert_err(
		refresh_token_rotate(place.store, id_of(32), STR("x"), PLACE_NOW_MS), ERR_NO_ROW);
}

static enum err
alive(void)
{
	return family_check_alive(place.store, id_of(10), PLACE_NOW_MS);
}

static void
test_a_family_lives_while_it_its_client_and_its_user_do(void **state)
{
	(void)state;
	assert_err(alive(), ERR_NO_ROW);
	add_family(10, "code");
	assert_ok(alive());
	place_sql("UPDATE users SET disabled_ms = 1");
	assert_err(alive(), ERR_NO_ROW);
	place_sql("UPDATE users SET disabled_ms = NULL");
	place_sql("UPDATE clients SET status = 'disabled'");
	assert_err(alive(), ERR_NO_ROW);
	place_sql("UPDATE clients SET status = 'active'");
	assert_ok(alive());
	assert_ok(family_revoke(place.store, id_of(10), PLACE_NOW_MS));
	assert_ok(family_revoke(place.store, id_of(10), PLACE_NOW_MS));
	assert_err(alive(), ERR_NO_ROW);
}

static void
test_a_user_stops_only_families_of_their_own(void **state)
{
	(void)state;
	add_family(10, "code");
	assert_err(
		family_revoke_of_user(place.store, id_of(10), id_of(77), PLACE_NOW_MS), ERR_NO_ROW);
	assert_err(family_disable_of_user(place.store, id_of(10), id_of(77), PLACE_NOW_MS),
		ERR_NO_ROW);
	assert_ok(family_disable_of_user(place.store, id_of(10), place.user.id, PLACE_NOW_MS));
	assert_err(alive(), ERR_NO_ROW);
	assert_err(family_enable_of_user(place.store, id_of(10), id_of(77)), ERR_NO_ROW);
	assert_ok(family_enable_of_user(place.store, id_of(10), place.user.id));
	assert_ok(alive());
	assert_ok(family_revoke_of_user(place.store, id_of(10), place.user.id, PLACE_NOW_MS));
	assert_err(family_enable_of_user(place.store, id_of(10), place.user.id), ERR_NO_ROW);
	assert_err(alive(), ERR_NO_ROW);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		IN_PLACE(test_a_family_goes_when_its_last_token_has_gone),
		IN_PLACE(test_a_young_family_stays),
		IN_PLACE(test_the_family_of_a_client_stays_without_tokens),
		IN_PLACE(test_the_family_of_a_client_goes_with_its_epoch),
		IN_PLACE(test_a_walk_in_slices_passes_living_families),
		IN_PLACE(test_an_expired_slice_does_not_stop_the_walk),
		IN_PLACE(test_refresh_tokens_are_purged_in_batches_used_ones_included),
		IN_PLACE(test_a_refresh_token_rotates_once),
		IN_PLACE(test_a_family_lives_while_it_its_client_and_its_user_do),
		IN_PLACE(test_a_user_stops_only_families_of_their_own),
	};

	return RUN(tests);
}
