/* The issuer: its keys are made once, kept sealed, and found again. */
#include "tests/support/store.h"

#include "lib/base/json.h"
#include "lib/oauth/issuer.h"
#include "lib/oauth/keys.h"

#include <openssl/evp.h>
#include <openssl/pem.h>

static struct config config;
static struct issuer *issuer;

static int
make_issuer_place(void **state)
{
	if (make_empty_store(state))
		return -1;
	config = (struct config){
		.base_url = STR("https://id.example"),
		.session_secret = STR("0123456789abcdef0123456789abcdef"),
	};
	issuer = NULL;
	return 0;
}

static int
remove_issuer_place(void **state)
{
	issuer_free(issuer);
	return remove_place_store(state);
}

static enum err
start(int64_t now_ms)
{
	issuer_free(issuer);
	issuer = NULL;
	return issuer_open(&config, place.store, now_ms, &issuer, &place.diag);
}

static struct str
signer_id(void)
{
	return str_copy(&place.arena, key_id(issuer->signer));
}

static void
test_the_first_start_makes_a_key_and_the_second_finds_it(void **state)
{
	struct str first;

	(void)state;
	assert_ok(start(PLACE_NOW_MS));
	first = signer_id();
	assert_int_equal(key_algorithm(issuer->signer), KEY_ES256);
	assert_int_equal(place_count("SELECT count(*) FROM signing_keys"), 1);
	assert_int_equal(
		place_count("SELECT count(*) FROM audit_log WHERE event = 'SIGNING_KEY_CREATED'"),
		1);
	assert_ok(start(PLACE_NOW_MS + 1));
	assert_true(str_eq(signer_id(), first));
	assert_int_equal(issuer->keys.count, 1);
	assert_int_equal(place_count("SELECT count(*) FROM signing_keys"), 1);
}

static void
test_a_token_of_the_first_start_verifies_after_the_second(void **state)
{
	struct str payload;
	struct buf token;

	(void)state;
	buf_init(&token, &place.arena, 4096);
	assert_ok(start(PLACE_NOW_MS));
	assert_ok(jws_sign(issuer->signer, "at+jwt", STR("{}"), &token));
	assert_ok(start(PLACE_NOW_MS));
	assert_ok(jws_verify(&place.arena, &issuer->keys, "at+jwt", buf_str(&token), &payload));
}

static void
test_another_session_secret_is_told_what_to_do(void **state)
{
	(void)state;
	assert_ok(start(PLACE_NOW_MS));
	config.session_secret = STR("another-secret-of-32-bytes-------");
	assert_err(start(PLACE_NOW_MS), ERR_CONFIG);
	assert_non_null(strstr(place.diag.text, "SESSION_SECRET"));
	assert_null(strstr(place.diag.text, "another-secret"));
	assert_int_equal(place_count("SELECT count(*) FROM signing_keys"), 1);
}

static void
test_a_sealed_key_moved_to_another_row_does_not_open(void **state)
{
	(void)state;
	assert_ok(start(PLACE_NOW_MS));
	place_sql("UPDATE signing_keys SET kid = 'other' WHERE alg = 'ES256'");
	assert_err(start(PLACE_NOW_MS), ERR_CONFIG);
}

static void
test_the_private_half_is_not_in_the_database(void **state)
{
	struct secret private = {0};
	unsigned char *found = NULL;
	char *bytes;
	size_t n;
	FILE *file;

	(void)state;
	assert_ok(start(PLACE_NOW_MS));
	place_sql("PRAGMA wal_checkpoint(TRUNCATE)");
	assert_ok(key_export(issuer->signer, &private));
	file = fopen(place.path, "rb");
	assert_non_null(file);
	bytes = arena_alloc(&place.arena, 1 << 20);
	n = fread(bytes, 1, 1 << 20, file);
	(void)fclose(file);
	assert_true(n > 4096);
	found = memmem(bytes, n, key_id(issuer->signer).p, key_id(issuer->signer).n);
	assert_non_null(found); /* the search works */
	assert_null(memmem(bytes, n, private.p + 7, 32));
	secret_free(&private);
}

static void
test_the_published_set_has_public_halves_only(void **state)
{
	static const char *const algorithms[] = {"ES256", "RS256", "EdDSA"};

	(void)state;
	for (size_t i = 0; i < countof(algorithms); i++) {
		config.jwt_algorithm = str_of(algorithms[i]);
		assert_ok(start(PLACE_NOW_MS));
		assert_string_equal(key_alg_name(key_algorithm(issuer->signer)), algorithms[i]);
		assert_int_equal(issuer->keys.count, i + 1);
	}
	assert_null(memmem(issuer->jwks.p, issuer->jwks.n, "\"d\"", 3));
	assert_null(memmem(issuer->jwks.p, issuer->jwks.n, "\"p\"", 3));
	assert_non_null(memmem(issuer->jwks.p, issuer->jwks.n, "\"crv\":\"Ed25519\"", 15));
	assert_non_null(memmem(issuer->jwks.p, issuer->jwks.n, "\"kty\":\"RSA\"", 11));
	assert_true(str_starts(issuer->jwks, STR("{\"keys\":[{")));
}

static void
test_a_shared_secret_signs_and_is_not_published(void **state)
{
	(void)state;
	config.jwt_secret = STR("a secret of the original, 32 bytes and more");
	assert_ok(start(PLACE_NOW_MS));
	assert_int_equal(key_algorithm(issuer->signer), KEY_HS256);
	assert_null(memmem(issuer->jwks.p, issuer->jwks.n, "HS256", 5));
	assert_null(memmem(issuer->jwks.p, issuer->jwks.n, "\"k\"", 3));
	assert_null(memmem(issuer->jwks.p, issuer->jwks.n, signer_id().p, signer_id().n));
	assert_int_equal(place_count("SELECT count(*) FROM signing_keys WHERE alg <> 'RS256'"), 0);
	config.jwt_secret = STR("short");
	assert_err(start(PLACE_NOW_MS), ERR_CRYPTO);
	assert_non_null(strstr(place.diag.text, "JWT_SECRET"));
}

static void
test_an_algorithm_that_is_named_wins_over_the_secret(void **state)
{
	(void)state;
	config.jwt_secret = STR("a secret of the original, 32 bytes and more");
	config.jwt_algorithm = STR("ES256");
	assert_ok(start(PLACE_NOW_MS));
	assert_int_equal(key_algorithm(issuer->signer), KEY_ES256);
}

static struct str
new_pem(const char *curve)
{
	EVP_PKEY *key = EVP_EC_gen(curve);
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	struct str pem;
	int64_t n;

	assert_int_equal(PEM_write_bio_PrivateKey(bio, key, NULL, NULL, 0, NULL, NULL), 1);
	n = BIO_get_mem_data(bio, &text);
	pem = str_copy(&place.arena, (struct str){text, (size_t)n});
	BIO_free(bio);
	EVP_PKEY_free(key);
	return pem;
}

static void
test_a_configured_key_signs_and_older_ones_still_verify(void **state)
{
	struct str payload;
	struct buf token;

	(void)state;
	buf_init(&token, &place.arena, 4096);
	assert_ok(start(PLACE_NOW_MS));
	assert_ok(jws_sign(issuer->signer, "at+jwt", STR("{}"), &token));
	config.jwt_private_key_pem = new_pem("P-256");
	config.jwt_key_id = STR("mine");
	assert_ok(start(PLACE_NOW_MS));
	assert_str(signer_id(), "mine");
	assert_int_equal(issuer->keys.count, 2);
	assert_ok(jws_verify(&place.arena, &issuer->keys, "at+jwt", buf_str(&token), &payload));
	buf_reset(&token);
	assert_ok(jws_sign(issuer->signer, "at+jwt", STR("{}"), &token));
	assert_ok(jws_verify(&place.arena, &issuer->keys, "at+jwt", buf_str(&token), &payload));
}

static void
test_a_key_that_does_not_fit_is_named(void **state)
{
	(void)state;
	config.jwt_private_key_pem = new_pem("P-384");
	assert_err(start(PLACE_NOW_MS), ERR_CONFIG);
	assert_non_null(strstr(place.diag.text, "P-256"));
	config.jwt_private_key_pem = STR_NONE;
	config.jwt_private_key_path = STR("/nonexistent/key.pem");
	assert_err(start(PLACE_NOW_MS), ERR_CONFIG);
	assert_non_null(strstr(place.diag.text, "/nonexistent/key.pem"));
}

/* What housekeeping does beside the start. */
static void
make_rsa_key(void)
{
	struct context cx = {.arena = &place.arena, .config = &config, .now_ms = PLACE_NOW_MS};
	struct key_change change;

	assert_ok(keys_prepare(&cx, KEY_RS256, KEY_STEP_FIRST, &change));
	assert_ok(store_transaction(place.store, keys_store, &change));
}

static void
test_id_tokens_have_a_key_that_clients_can_check(void **state)
{
	const struct key *key;

	(void)state;
	assert_ok(start(PLACE_NOW_MS));
	assert_false(issuer_is_complete(issuer));
	assert_err(issuer_id_token_key(issuer, STR("RS256"), &key), ERR_UNAVAILABLE);
	make_rsa_key();
	assert_ok(start(PLACE_NOW_MS));
	assert_true(issuer_is_complete(issuer));
	assert_ok(issuer_id_token_key(issuer, STR_NONE, &key));
	assert_int_equal(key_algorithm(key), KEY_ES256);
	assert_ok(issuer_id_token_key(issuer, STR("RS256"), &key));
	assert_int_equal(key_algorithm(key), KEY_RS256);
	assert_err(issuer_id_token_key(issuer, STR("HS256"), &key), ERR_INVALID_REQUEST);
	assert_err(issuer_id_token_key(issuer, STR("none"), &key), ERR_INVALID_REQUEST);
	config.jwt_secret = STR("a secret of the original, 32 bytes and more");
	assert_ok(start(PLACE_NOW_MS));
	assert_ok(issuer_id_token_key(issuer, STR_NONE, &key));
	assert_int_equal(key_algorithm(key), KEY_RS256);
}

static void
test_a_key_whose_last_token_died_is_forgotten(void **state)
{
	struct str first;

	(void)state;
	assert_ok(start(PLACE_NOW_MS));
	first = signer_id();
	place_sql("UPDATE signing_keys SET state = 'retired', expires_ms = 1700000001000 "
		  "WHERE alg = 'ES256'");
	assert_ok(start(PLACE_NOW_MS));
	assert_int_equal(issuer->keys.count, 2); /* the retired one verifies */
	assert_false(str_eq(signer_id(), first));
	assert_ok(start(PLACE_NOW_MS + 1000));
	assert_int_equal(issuer->keys.count, 1);
}

#define ON(test) cmocka_unit_test_setup_teardown(test, make_issuer_place, remove_issuer_place)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON(test_the_first_start_makes_a_key_and_the_second_finds_it),
		ON(test_a_token_of_the_first_start_verifies_after_the_second),
		ON(test_another_session_secret_is_told_what_to_do),
		ON(test_a_sealed_key_moved_to_another_row_does_not_open),
		ON(test_the_private_half_is_not_in_the_database),
		ON(test_the_published_set_has_public_halves_only),
		ON(test_a_shared_secret_signs_and_is_not_published),
		ON(test_an_algorithm_that_is_named_wins_over_the_secret),
		ON(test_a_configured_key_signs_and_older_ones_still_verify),
		ON(test_a_key_that_does_not_fit_is_named),
		ON(test_id_tokens_have_a_key_that_clients_can_check),
		ON(test_a_key_whose_last_token_died_is_forgotten),
	};

	return RUN(tests);
}
