/* Who is the client: every way in, and every way to be refused. */
#include "tests/support/store.h"

#include "lib/base/base64.h"
#include "lib/oauth/client.h"

static struct context cx;

static int
make_clients(void **state)
{
	if (make_place_store(state))
		return -1;
	cx = (struct context){.arena = &place.arena, .store = place.store, .now_ms = PLACE_NOW_MS};
	return 0;
}

/* "Basic " and the standard base64 of the pair. */
static struct str
basic(struct str pair)
{
	static const char *const padding[] = {"", "==", "="};
	struct str url = base64url(&place.arena, pair.p, pair.n);
	char *text = arena_printf(&place.arena, "Basic %.*s%s", STR_ARG(url), padding[pair.n % 3]);

	for (char *p = text; *p; p++)
		*p = *p == '-' ? '+' : *p == '_' ? '/' : *p;
	return str_of(text);
}

static struct str
pair_of(struct id id, const char *secret)
{
	return str_printf(&place.arena, "%.*s:%s", STR_ARG(id_text(&place.arena, id)), secret);
}

static enum err
authenticate(struct str authorization, const char *body, struct client *ret)
{
	struct form form = {.count = 0};
	struct proof proof = {.method = STR("POST"),
		.address = STR("/oauth/token"),
		.header = authorization,
		.form = &form};

	if (*body)
		assert_ok(form_parse(&place.arena, str_of(body), &form, NULL));
	return client_authenticate(&cx, &proof, ret);
}

static const char *
body_of(struct id id, const char *secret)
{
	return arena_printf(&place.arena, "client_id=%.*s%s%s", STR_ARG(id_text(&place.arena, id)),
		*secret ? "&client_secret=" : "", secret);
}

static void
refused(struct str authorization, const char *body, enum err want)
{
	struct client client = {.name = STR("untouched")};

	assert_err(authenticate(authorization, body, &client), want);
	assert_str(client.name, "untouched");
}

static void
test_each_method_lets_its_client_in(void **state)
{
	struct client client;

	(void)state;
	assert_ok(authenticate(STR_NONE, body_of(place.public.id, ""), &client));
	assert_str(client.name, "tv");
	assert_true(client_is_public(&client));
	assert_ok(authenticate(
		basic(pair_of(place.confidential.id, "s3cret%3Awith%25colon")), "", &client));
	assert_str(client.name, "robot");
	assert_false(client_is_public(&client));
	assert_true(client_may_use(&client, "client_credentials"));
	assert_false(client_may_use(&client, "client"));
	place_sql("UPDATE clients SET auth_method = 'client_secret_post' WHERE name = 'robot'");
	assert_ok(authenticate(
		STR_NONE, body_of(place.confidential.id, "s3cret%3Awith%25colon"), &client));
}

static void
test_the_scheme_is_read_in_any_case_and_a_plain_colon_stays_in_the_secret(void **state)
{
	struct str header = basic(pair_of(place.confidential.id, "s3cret:with%25colon"));
	struct client client;

	(void)state;
	assert_ok(authenticate(
		str_printf(&place.arena, "bAsIc %.*s", STR_ARG(str_from(header, 6))), "", &client));
	assert_ok(authenticate(header, body_of(place.confidential.id, ""), &client));
}

static void
test_two_methods_at_once_are_refused(void **state)
{
	struct str header = basic(pair_of(place.confidential.id, "s3cret%3Awith%25colon"));

	(void)state;
	refused(header, body_of(place.confidential.id, "x"), ERR_INVALID_REQUEST);
	assert_true(cx.problem.n > 0);
	refused(header, "client_secret=x", ERR_INVALID_REQUEST);
}

static void
test_another_client_id_in_the_body_is_refused(void **state)
{
	(void)state;
	refused(basic(pair_of(place.confidential.id, "s3cret%3Awith%25colon")),
		body_of(place.public.id, ""), ERR_INVALID_CLIENT);
}

/* oidc-agent names a public client so (RFC 6749 section 2.3.1: an empty secret
 * is none). */
static void
test_basic_without_a_password_names_a_public_client_only(void **state)
{
	struct client client;

	(void)state;
	assert_ok(authenticate(basic(pair_of(place.public.id, "")), "", &client));
	assert_true(client_is_public(&client));
	refused(basic(pair_of(place.confidential.id, "")), "", ERR_INVALID_CLIENT);
}

static void
test_what_is_no_basic_header_is_refused(void **state)
{
	struct str good = basic(pair_of(place.confidential.id, "s3cret%3Awith%25colon"));
	char *big = arena_alloc(&place.arena, 64 * 1024);

	(void)state;
	memset(big, 'A', 64 * 1024 - 1);
	memcpy(big, "Basic ", 6);
	refused(str_of(big), "", ERR_INVALID_CLIENT);
	refused(str_printf(&place.arena, "%.*s%1024s", STR_ARG(good), ""), "", ERR_INVALID_CLIENT);
	refused(STR("Basic"), "", ERR_INVALID_CLIENT);
	refused(STR("Basic "), "", ERR_INVALID_CLIENT);
	refused(STR("Basic !!!!"), "", ERR_INVALID_CLIENT);
	refused(STR("Bearer abc"), "", ERR_INVALID_CLIENT);
	refused(str_first(good, good.n - 1), "", ERR_INVALID_CLIENT);
	refused(str_from(good, 6), "", ERR_INVALID_CLIENT);
	refused(basic(STR("no colon")), "", ERR_INVALID_CLIENT);
	refused(basic(STR(":")), "", ERR_INVALID_CLIENT);
	refused(basic(pair_of(place.confidential.id, "bad%escape")), "", ERR_INVALID_CLIENT);
	refused(basic(pair_of(place.confidential.id, "s3cret%3Awith%25colon%00")), "",
		ERR_INVALID_CLIENT);
}

static void
test_unknown_client_and_wrong_secret_are_the_same_error(void **state)
{
	(void)state;
	refused(basic(pair_of(id_of(99), "x")), "", ERR_INVALID_CLIENT);
	refused(basic(pair_of(place.confidential.id, "x")), "", ERR_INVALID_CLIENT);
	refused(basic(pair_of(place.confidential.id, "")), "", ERR_INVALID_CLIENT);
	refused(basic(STR("admin:x")), "", ERR_INVALID_CLIENT);
	refused(STR_NONE, "client_id=admin", ERR_INVALID_CLIENT);
	refused(STR_NONE, body_of(id_of(99), ""), ERR_INVALID_CLIENT);
	refused(STR_NONE, "client_secret=x", ERR_INVALID_REQUEST);
	refused(STR_NONE, "", ERR_INVALID_CLIENT);
}

/* Every row of the table is what clients can register, and is found by what it claims. */
static void
test_every_way_has_a_name_and_the_last_is_a_name_alone(void **state)
{
	(void)state;
	for (size_t i = 0; i < client_ways_count; i++)
		assert_true(client_ways[i].name && client_ways[i].claims && client_ways[i].prove);
	assert_string_equal(client_ways[client_ways_count - 1].name, "none");
}

static void
test_only_the_registered_method_is_accepted(void **state)
{
	(void)state;
	/* A confidential client without authentication. */
	refused(STR_NONE, body_of(place.confidential.id, ""), ERR_INVALID_CLIENT);
	/* Its secret in the body instead of the header. */
	refused(STR_NONE, body_of(place.confidential.id, "s3cret%3Awith%25colon"),
		ERR_INVALID_CLIENT);
	/* A public client with a secret, in either place. */
	refused(STR_NONE, body_of(place.public.id, "x"), ERR_INVALID_CLIENT);
	refused(basic(pair_of(place.public.id, "x")), "", ERR_INVALID_CLIENT);
}

static void
test_a_client_that_is_not_active_is_refused(void **state)
{
	(void)state;
	place_sql("UPDATE clients SET status = 'pending'");
	refused(STR_NONE, body_of(place.public.id, ""), ERR_INVALID_CLIENT);
	place_sql("UPDATE clients SET status = 'disabled'");
	refused(basic(pair_of(place.confidential.id, "s3cret%3Awith%25colon")), "",
		ERR_INVALID_CLIENT);
}

static void
test_a_missing_digest_matches_no_secret(void **state)
{
	(void)state;
	place_sql("UPDATE clients SET secret_digest = NULL");
	refused(basic(pair_of(place.confidential.id, "")), "", ERR_INVALID_CLIENT);
	refused(basic(pair_of(place.confidential.id, "s3cret%3Awith%25colon")), "",
		ERR_INVALID_CLIENT);
}

static void
test_a_broken_database_is_not_a_wrong_secret(void **state)
{
	(void)state;
	place_sql("ALTER TABLE clients RENAME TO gone");
	refused(STR_NONE, body_of(place.public.id, ""), ERR_STORE);
}

#define ON(test) cmocka_unit_test_setup_teardown(test, make_clients, remove_place_store)

/* bcrypt, as cheap as it can be. */
#define FOREIGN_SECRET "ago_abcdefghijklmnopqrstuvwxyz234567abcdefghijklmnopqrst"
#define FOREIGN_HASH   "$2a$04$abcdefghijklmnopqrstuult.jiP0QGPlMf49LYlBCOdgU6tq4Qay"
#define WEAK_HASH      "$2a$04$abcdefghijklmnopqrstuu7fsNnM4a.IOF2ngfqjGGd7/ojjvA/M6"

static void
test_a_hashed_secret_waits_for_a_thread_that_may_hash(void **state)
{
	struct str header = basic(pair_of(place.confidential.id, FOREIGN_SECRET));
	struct client client;

	(void)state;
	place_sql("UPDATE clients SET secret_digest = NULL, secret_hash = '" FOREIGN_HASH "'");
	refused(header, "", ERR_OTHER_LANE);
	assert_int_equal(cx.wanted_lane, LANE_HASHER);
	cx.lane = LANE_HASHER;
	refused(basic(pair_of(place.confidential.id, "wrong")), "", ERR_INVALID_CLIENT);
	refused(basic(pair_of(place.confidential.id, "")), "", ERR_INVALID_CLIENT);
	assert_ok(authenticate(header, "", &client));
}

static void
test_a_random_secret_outgrows_its_hash_with_the_first_token(void **state)
{
	struct str header = basic(pair_of(place.confidential.id, FOREIGN_SECRET));
	struct client client;

	(void)state;
	place_sql("UPDATE clients SET secret_digest = NULL, secret_hash = '" FOREIGN_HASH "'");
	cx.lane = LANE_HASHER;
	assert_ok(authenticate(header, "", &client));
	assert_true(client.outgrows_hash);
	assert_int_equal(place_count("SELECT count(secret_hash) FROM clients"), 2);
	assert_ok(client_touch(place.store, &client, PLACE_NOW_MS));
	cx.lane = LANE_AHEAD;
	assert_ok(authenticate(header, "", &client));
	assert_false(client.outgrows_hash);
	refused(basic(pair_of(place.confidential.id, "wrong")), "", ERR_INVALID_CLIENT);
}

static void
test_a_secret_that_can_be_guessed_keeps_its_hash(void **state)
{
	struct str header = basic(pair_of(place.confidential.id, "guessable"));
	struct client client;

	(void)state;
	place_sql("UPDATE clients SET secret_digest = NULL, secret_hash = '" WEAK_HASH "'");
	cx.lane = LANE_HASHER;
	assert_ok(authenticate(header, "", &client));
	assert_ok(client_touch(place.store, &client, PLACE_NOW_MS));
	assert_int_equal(place_count("SELECT count(secret_hash) FROM clients"), 2);
	assert_int_equal(place_count("SELECT count(secret_digest) FROM clients"), 0);
}

static void
test_a_new_secret_is_not_undone_by_the_proof_of_the_old_one(void **state)
{
	struct str header = basic(pair_of(place.confidential.id, FOREIGN_SECRET));
	struct digest fresh = sha256(STR("fresh"));
	struct client client;

	(void)state;
	place_sql("UPDATE clients SET secret_digest = NULL, secret_hash = '" FOREIGN_HASH "'");
	cx.lane = LANE_HASHER;
	assert_ok(authenticate(header, "", &client));
	assert_ok(client_set_secret(place.store, client.id, &fresh, 0, PLACE_NOW_MS));
	assert_ok(client_touch(place.store, &client, PLACE_NOW_MS));
	refused(header, "", ERR_INVALID_CLIENT);
	assert_ok(authenticate(basic(pair_of(place.confidential.id, "fresh")), "", &client));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON(test_each_method_lets_its_client_in),
		ON(test_the_scheme_is_read_in_any_case_and_a_plain_colon_stays_in_the_secret),
		ON(test_two_methods_at_once_are_refused),
		ON(test_another_client_id_in_the_body_is_refused),
		ON(test_basic_without_a_password_names_a_public_client_only),
		ON(test_what_is_no_basic_header_is_refused),
		ON(test_unknown_client_and_wrong_secret_are_the_same_error),
		ON(test_every_way_has_a_name_and_the_last_is_a_name_alone),
		ON(test_only_the_registered_method_is_accepted),
		ON(test_a_client_that_is_not_active_is_refused),
		ON(test_a_missing_digest_matches_no_secret),
		ON(test_a_hashed_secret_waits_for_a_thread_that_may_hash),
		ON(test_a_random_secret_outgrows_its_hash_with_the_first_token),
		ON(test_a_secret_that_can_be_guessed_keeps_its_hash),
		ON(test_a_new_secret_is_not_undone_by_the_proof_of_the_old_one),
		ON(test_a_broken_database_is_not_a_wrong_secret),
	};

	return RUN(tests);
}
