/*
 * What was revoked together stays in the database until its tokens have expired: a
 * heap of thousands of dead families must not cost who looks at the living few.
 */
#include "tests/support/databases.h"

#include "lib/base/clock.h"
#include "lib/store/authorization.h"
#include "lib/store/client.h"
#include "lib/store/migrate.h"
#include "lib/store/revocation.h"
#include "lib/store/token.h"
#include "lib/store/user.h"

enum { NOW = 1000000, LATER = 2000000, HEAP = 5000, TRIES = 30, SLOWER_MAX = 5, NOISE_US = 300 };

static struct store *store;
static struct arena arena;

static struct id
id_of(uint8_t n)
{
	return (struct id){{[0] = 0xf0, [15] = n}};
}

/* One living family of user 1 and client 2, with a token. */
static void
add_living(uint8_t n, int64_t client_epoch_ms)
{
	assert_ok(family_insert(store, &(struct family){.id = id_of(n),
					       .kind = STR("device"),
					       .client_id = id_of(2),
					       .user_id = id_of(1),
					       .created_ms = NOW,
					       .client_epoch_ms = client_epoch_ms}));
	assert_ok(access_token_insert(
		store, &(struct access_token){
			       .id = id_of(n), .family_id = id_of(n), .expires_ms = LATER}));
}

static int
make_store(void **state)
{
	(void)state;
	if (database_make())
		return -1;
	store = database_open();
	assert_ok(user_insert(store, &(struct user){.id = id_of(1),
					     .username = STR("ann"),
					     .role = STR("user"),
					     .created_ms = 1,
					     .updated_ms = 1}));
	assert_ok(client_insert(store, &(struct client){.id = id_of(2),
					       .name = STR("tv"),
					       .type = STR("public"),
					       .auth_method = STR("none"),
					       .status = STR("active"),
					       .created_ms = 1}));
	return 0;
}

static int
remove_store(void **state)
{
	(void)state;
	store_close(store);
	store = NULL;
	arena_free(&arena);
	return database_remove();
}

/* Families of user 1 and client 2, all older than id_of, each with a token that has not expired. */
static void
pile_up(const char *revoked_ms)
{
	char sql[2048];

	(void)snprintf(sql, sizeof sql,
		"WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)"
		" INSERT INTO families (id, kind, client_id, user_id, scope, created_ms, "
		"revoked_ms)"
		" SELECT %s, 'device', clients.id, users.id, 'read', 1, %s FROM n, clients, users;"
		"INSERT INTO access_tokens (id, family_id, digest, scope, issued_ms, expires_ms)"
		" SELECT id, id, id, 'read', 1, %d FROM families WHERE created_ms = 1;",
		HEAP,
		database_is_sqlite() ? "CAST(printf('%016d', i) AS BLOB)"
				     : "convert_to(lpad(i::text, 16, '0'), 'UTF8')",
		revoked_ms, LATER);
	database_raw(sql);
	if (!database_is_sqlite())
		database_raw("ANALYZE"); /* as autovacuum would */
}

/* ---- the looks ---- */

static size_t
look_at_client(void)
{
	struct authorization_client client = {.id = id_of(2)};
	struct authorization_family list[101];
	size_t count = 0;

	assert_ok(authorization_families(
		store, &arena, &client, id_of(1), NOW, list, countof(list), &count));
	return count;
}

static size_t
look_for_any(void)
{
	bool is_living = false;

	assert_ok(authorization_is_living(store, id_of(1), id_of(2), &is_living));
	return is_living;
}

static size_t
look_for_clients(void)
{
	struct id none = {{0}}, next = none;
	enum err e = authorization_next_client(store, id_of(1), none, &next);

	assert_true(!e || e == ERR_NO_ROW);
	return !e;
}

static size_t
purge_once(void)
{
	struct id walk = {{0}};
	int64_t deleted = 0;

	assert_ok(family_purge(store, &walk, LATER, 100, &deleted));
	return (size_t)deleted;
}

/* The fastest of several. */
static int64_t
time_of(size_t (*look)(void), size_t expected)
{
	int64_t best_us = INT64_MAX;

	for (int i = 0; i < TRIES; i++) {
		int64_t began_us = clock_monotonic_us();
		size_t found = look();
		int64_t took_us = clock_monotonic_us() - began_us;

		assert_int_equal(found, expected);
		best_us = took_us < best_us ? took_us : best_us;
		arena_reset(&arena);
	}
	return best_us;
}

static size_t (*const looks[])(void) = {look_at_client, look_for_any, look_for_clients};

static void
assert_as_fast_as(const int64_t *before_us, const size_t *expected)
{
	for (size_t i = 0; i < countof(looks); i++)
		assert_in_range(time_of(looks[i], expected[i]), 0,
			(uintmax_t)(before_us[i] * SLOWER_MAX + NOISE_US));
}

static void
time_all(int64_t *ret_us, size_t expected)
{
	for (size_t i = 0; i < countof(looks); i++)
		ret_us[i] = time_of(looks[i], expected);
}

/* ---- what may have ended them ---- */

static void
test_what_was_revoked_with_its_client_is_passed_over(void **state)
{
	int64_t before_us[countof(looks)];
	struct client c;

	(void)state;
	add_living(9, 0);
	time_all(before_us, 1);
	pile_up("NULL");
	assert_ok(client_begin_epoch(store, id_of(2), NOW));
	assert_int_equal(look_at_client(), 0);
	assert_ok(client_by_id(store, &arena, id_of(2), &c));
	assert_as_fast_as(before_us, (const size_t[]){0, 0, 1});
	add_living(10, c.epoch_ms);
	assert_as_fast_as(before_us, (const size_t[]){1, 1, 1});
}

static void
test_what_was_revoked_with_its_user_is_passed_over(void **state)
{
	int64_t before_us[countof(looks)];

	(void)state;
	add_living(9, 0);
	time_all(before_us, 1);
	pile_up("NULL");
	assert_ok(revocation_of_user(store, id_of(1), NOW));
	add_living(10, 0);
	assert_as_fast_as(before_us, (const size_t[]){1, 1, 1});
	assert_ok(revocation_of_client(store, id_of(1), id_of(2), NOW));
	add_living(11, 0);
	assert_as_fast_as(before_us, (const size_t[]){1, 1, 1});
}

static void
test_what_was_revoked_one_by_one_is_passed_over(void **state)
{
	int64_t before_us[countof(looks)];

	(void)state;
	add_living(9, 0);
	time_all(before_us, 1);
	pile_up("5");
	assert_as_fast_as(before_us, (const size_t[]){1, 1, 1});
}

static void
test_what_lives_is_not_read_to_its_end(void **state)
{
	int64_t few_us, many_us;

	(void)state;
	for (uint8_t n = 100; n < 201; n++)
		add_living(n, 0);
	few_us = time_of(look_at_client, 101);
	pile_up("NULL");
	many_us = time_of(look_at_client, 101);
	assert_in_range(many_us, 0, (uintmax_t)(few_us * SLOWER_MAX + NOISE_US));
	/* One batch of a purge looks at its slice. */
	few_us = time_of(purge_once, 0);
	assert_in_range(few_us, 0, 100000);
}

/* A page of a user's families ends after so many, and says where to go on. */
static void
test_a_list_of_families_is_walked_in_pieces(void **state)
{
	struct family_view list[10];
	struct family_query query = {.user = id_of(1), .now_ms = NOW};
	size_t count = 0, pages = 0, found = 0;
	struct id seen;

	(void)state;
	pile_up("5");
	add_living(9, 0);
	memset(query.before.bytes, 0xff, sizeof query.before.bytes);
	do {
		assert_ok(family_list_of_user(
			store, &arena, &query, list, countof(list), &count, &seen));
		found += count;
		query.before = seen;
	} while (!id_is_zero(seen) && ++pages < HEAP);
	assert_int_equal(found, 1);
	assert_int_equal(pages, HEAP / FAMILY_LOOK_MAX);
}

#define ON(test) cmocka_unit_test_setup_teardown(test, make_store, remove_store)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON(test_what_was_revoked_with_its_client_is_passed_over),
		ON(test_what_was_revoked_with_its_user_is_passed_over),
		ON(test_what_was_revoked_one_by_one_is_passed_over),
		ON(test_what_lives_is_not_read_to_its_end),
		ON(test_a_list_of_families_is_walked_in_pieces),
	};

	return database_each(tests);
}
