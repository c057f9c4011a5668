/* Signing keys: which are taken, how they are named, many threads at once. */
#include "tests/support/check.h"

#include "lib/base/base64.h"
#include "lib/crypto/digest.h"
#include "lib/crypto/key.h"

#include <jansson.h>
#include <jwt.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <pthread.h>
#include <stdlib.h>

static struct arena arena;

static int
forget(void **state)
{
	(void)state;
	arena_free(&arena);
	return 0;
}

static struct str
pem_of(EVP_PKEY *key, const EVP_CIPHER *cipher, bool is_public)
{
	BIO *bio = BIO_new(BIO_s_mem());
	char *text = NULL;
	struct str pem;
	int64_t n;

	assert_non_null(key);
	if (is_public)
		assert_int_equal(PEM_write_bio_PUBKEY(bio, key), 1);
	else
		assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, key, cipher,
					 cipher ? "p" : NULL, cipher ? 1 : 0, NULL, NULL),
			1);
	n = BIO_get_mem_data(bio, &text);
	pem = str_copy(&arena, (struct str){text, (size_t)n});
	BIO_free(bio);
	return pem;
}

static struct str
pem_and_free(EVP_PKEY *key)
{
	struct str pem = pem_of(key, NULL, false);

	EVP_PKEY_free(key);
	return pem;
}

static void
test_algorithm_names_are_exact(void **state)
{
	static const char *const wrong[] = {"", "none", "es256", "ES256 ", "ES384", "PS256"};
	enum key_alg alg;

	(void)state;
	for (int i = 0; i < KEY_ALG_COUNT; i++) {
		assert_ok(key_alg_parse(str_of(key_alg_name((enum key_alg)i)), &alg));
		assert_int_equal(alg, i);
	}
	for (size_t i = 0; i < countof(wrong); i++)
		assert_err(key_alg_parse(str_of(wrong[i]), &alg), ERR_MALFORMED);
	assert_err(key_alg_parse(STR("ES256\0"), &alg), ERR_MALFORMED);
}

static void
expect_misfit(enum key_alg alg, struct str pem, const char *word)
{
	struct diag diag = {""};
	struct key *key = NULL;

	assert_err(key_from_pem(alg, pem, &key, &diag), ERR_CONFIG);
	assert_null(key);
	assert_non_null(strstr(diag.text, word));
}

/* E11 */
static void
test_a_pem_key_must_fit_its_algorithm(void **state)
{
	struct str p256 = pem_and_free(EVP_EC_gen("P-256"));
	struct str p384 = pem_and_free(EVP_EC_gen("P-384"));
	struct str rsa = pem_and_free(EVP_RSA_gen(2048));
	struct str weak = pem_and_free(EVP_RSA_gen(1024));
	struct str ed = pem_and_free(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"));
	struct key *key;

	(void)state;
	assert_ok(key_from_pem(KEY_ES256, p256, &key, NULL));
	key_free(key);
	assert_ok(key_from_pem(KEY_RS256, rsa, &key, NULL));
	key_free(key);
	assert_ok(key_from_pem(KEY_EDDSA, ed, &key, NULL));
	key_free(key);
	expect_misfit(KEY_ES256, p384, "P-256");
	expect_misfit(KEY_ES256, rsa, "P-256");
	expect_misfit(KEY_RS256, weak, "2048");
	expect_misfit(KEY_RS256, p256, "RSA");
	expect_misfit(KEY_EDDSA, p256, "Ed25519");
	expect_misfit(KEY_HS256, p256, "HS256");
}

static void
test_what_is_no_private_key_is_refused_without_asking(void **state)
{
	EVP_PKEY *pkey = EVP_EC_gen("P-256");

	(void)state;
	expect_misfit(KEY_ES256, pem_of(pkey, EVP_aes_256_cbc(), false), "unencrypted");
	expect_misfit(KEY_ES256, pem_of(pkey, NULL, true), "PEM");
	expect_misfit(KEY_ES256, STR_NONE, "PEM");
	expect_misfit(KEY_ES256, STR("-----BEGIN PRIVATE KEY-----\n"), "PEM");
	EVP_PKEY_free(pkey);
}

/* RFC 7638 section 3: SHA-256 of the required members alone, sorted, without blanks. */
static struct str
thumbprint(struct str jwk)
{
	static const char *const optional[] = {"use", "alg", "kid"};
	json_t *object = json_loadb(jwk.p, jwk.n, JSON_REJECT_DUPLICATES, NULL);
	struct digest digest;
	char *text;

	assert_non_null(object);
	for (size_t i = 0; i < countof(optional); i++)
		assert_int_equal(json_object_del(object, optional[i]), 0);
	text = json_dumps(object, JSON_COMPACT | JSON_SORT_KEYS);
	digest = sha256(str_of(text));
	free(text);
	json_decref(object);
	return base64url(&arena, digest.bytes, DIGEST_SIZE);
}

static void
test_ids_are_thumbprints_of_the_published_half(void **state)
{
	static const enum key_alg algs[] = {KEY_ES256, KEY_RS256, KEY_EDDSA};

	(void)state;
	for (size_t i = 0; i < countof(algs); i++) {
		struct buf jwk;
		struct key *key;

		assert_ok(key_generate(algs[i], &key));
		buf_init(&jwk, &arena, 4096);
		assert_true(key_write_jwk(key, &jwk));
		assert_true(str_eq(key_id(key), thumbprint(buf_str(&jwk))));
		key_free(key);
	}
}

static void
test_an_id_of_a_secret_gives_nothing_away(void **state)
{
	struct secret secret = {0};
	struct digest digest;
	struct key *key, *same;

	(void)state;
	secret_set(&secret, "0123456789abcdef0123456789abcdef", 32);
	assert_ok(key_from_secret(&secret, &key));
	assert_ok(key_from_secret(&secret, &same));
	digest = sha256((struct str){(char *)secret.p, secret.n});
	assert_false(str_eq(key_id(key), base64url(&arena, digest.bytes, DIGEST_SIZE)));
	assert_true(str_eq(key_id(key), key_id(same)));
	secret_free(&secret);
	key_free(key);
	key_free(same);
}

static void
test_bytes_of_another_kind_are_not_imported(void **state)
{
	struct secret bytes = {0};
	struct key *key, *again = NULL;

	(void)state;
	assert_ok(key_generate(KEY_EDDSA, &key));
	assert_ok(key_export(key, &bytes));
	assert_err(key_import(KEY_ES256, &bytes, &again), ERR_CRYPTO);
	bytes.n /= 2;
	assert_err(key_import(KEY_EDDSA, &bytes, &again), ERR_CRYPTO);
	bytes.n *= 2;
	assert_null(again);
	secret_free(&bytes);
	key_free(key);
}

/* libjwt checks what we sign, with the public half alone. */
static void
test_another_library_verifies_our_signatures(void **state)
{
	static const enum key_alg algs[] = {KEY_ES256, KEY_RS256};

	(void)state;
	for (size_t i = 0; i < countof(algs); i++) {
		EVP_PKEY *pkey = algs[i] == KEY_ES256 ? EVP_EC_gen("P-256") : EVP_RSA_gen(2048);
		struct str public = pem_of(pkey, NULL, true);
		jwt_t *jwt = NULL;
		struct buf token;
		struct key *key;

		assert_ok(key_from_pem(algs[i], pem_and_free(pkey), &key, NULL));
		buf_init(&token, &arena, 4096);
		assert_ok(jws_sign(key, "JWT", STR("{\"sub\":\"mia\"}"), &token));
		assert_int_equal(jwt_decode(&jwt, str_c(&arena, buf_str(&token)),
					 (const unsigned char *)public.p, (int)public.n),
			0);
		assert_string_equal(jwt_get_grant(jwt, "sub"), "mia");
		jwt_free(jwt);
		key_free(key);
	}
}

enum { THREADS = 4, ROUNDS = 24 };

struct signer {
	struct key *const *keys;
	pthread_t thread;
	int failures;
};

static void *
sign_much(void *arg)
{
	struct signer *signer = arg;
	struct keyset set = {signer->keys, KEY_ALG_COUNT};

	for (int i = 0; i < ROUNDS * KEY_ALG_COUNT; i++) {
		struct arena own = {0};
		struct str payload;
		struct buf token;

		buf_init(&token, &own, 4096);
		signer->failures += jws_sign(signer->keys[i % KEY_ALG_COUNT], "at+jwt", STR("{}"),
					    &token) != OK;
		signer->failures +=
			jws_verify(&own, &set, "at+jwt", buf_str(&token), &payload) != OK;
		arena_free(&own);
	}
	return NULL;
}

static void
test_threads_share_keys_of_every_algorithm(void **state)
{
	struct signer signers[THREADS] = {{.failures = 0}};
	struct key *keys[KEY_ALG_COUNT];

	(void)state;
	for (int i = 0; i < KEY_ALG_COUNT; i++)
		assert_ok(key_generate((enum key_alg)i, &keys[i]));
	for (int i = 0; i < THREADS; i++) {
		signers[i].keys = keys;
		assert_int_equal(
			pthread_create(&signers[i].thread, NULL, sign_much, &signers[i]), 0);
	}
	for (int i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(signers[i].thread, NULL), 0);
		assert_int_equal(signers[i].failures, 0);
	}
	for (int i = 0; i < KEY_ALG_COUNT; i++)
		key_free(keys[i]);
}

/* More keys than a thread keeps contexts for, made where others were freed: a
 * context must never serve a key that only has the address of its own. */
static void
test_many_keys_in_turn_sign_with_their_own_context(void **state)
{
	enum { KEYS = 20 };
	struct key *keys[KEYS];

	(void)state;
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < KEYS; i++)
			assert_ok(key_generate(KEY_ES256, &keys[i]));
		for (int i = 0; i < 2 * KEYS; i++) {
			struct keyset set = {&keys[i % KEYS], 1};
			struct str payload;
			struct buf token;

			buf_init(&token, &arena, 4096);
			assert_ok(jws_sign(keys[i % KEYS], "JWT", STR("{}"), &token));
			assert_ok(jws_verify(&arena, &set, "JWT", buf_str(&token), &payload));
		}
		for (int i = 0; i < KEYS; i++)
			key_free(keys[i]);
	}
}

#define ON(test) cmocka_unit_test_teardown(test, forget)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ON(test_algorithm_names_are_exact),
		ON(test_a_pem_key_must_fit_its_algorithm),
		ON(test_what_is_no_private_key_is_refused_without_asking),
		ON(test_ids_are_thumbprints_of_the_published_half),
		ON(test_an_id_of_a_secret_gives_nothing_away),
		ON(test_bytes_of_another_kind_are_not_imported),
		ON(test_another_library_verifies_our_signatures),
		ON(test_threads_share_keys_of_every_algorithm),
		ON(test_many_keys_in_turn_sign_with_their_own_context),
	};

	return RUN(tests);
}
