/* PEM keys: what is taken signs, verifies, and survives being sealed. */
#include "lib/crypto/key.h"

#include <openssl/err.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_key(struct arena *arena, struct key *key)
{
	struct keyset set = {&key, 1};
	struct secret bytes = {0};
	struct key *again;
	struct buf token;
	struct str got;

	if (key_export(key, &bytes) || key_import(key_algorithm(key), &bytes, &again))
		abort();
	if (!str_eq(key_id(key), key_id(again)))
		abort();
	secret_free(&bytes);
	buf_init(&token, arena, 16384);
	/* The halves of a damaged key may not fit each other, or not sign at all; then
	 * nothing may verify. */
	if (!jws_sign(again, "JWT", STR("{}"), &token) &&
		!jws_verify(arena, &set, "JWT", buf_str(&token), &got) && !str_is(got, "{}"))
		abort();
	key_free(again);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str pem = {(const char *)data, size};
	struct arena arena = {0};

	for (int alg = 0; alg < KEY_ALG_COUNT; alg++) {
		struct diag diag = {""};
		struct key *key = NULL;

		if (key_from_pem((enum key_alg)alg, pem, &key, &diag)) {
			if (key || !diag.text[0])
				abort();
			continue;
		}
		if (alg == KEY_HS256 || key_algorithm(key) != (enum key_alg)alg)
			abort();
		check_key(&arena, key);
		key_free(key);
	}
	ERR_clear_error();
	arena_free(&arena);
	return 0;
}
