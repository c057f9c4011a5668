/* Opaque credentials: one text for each, and nothing else is read. */
#include "lib/base/base64.h"
#include "lib/crypto/credential.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The text that this credential must have come from. */
static void
check_round_trip(struct arena *arena, struct str text, const struct credential *credential)
{
	struct str id = base64url(arena, credential->id.bytes, ID_SIZE), secret;
	struct digest digest;

	if (text.n != CREDENTIAL_TEXT_SIZE || !str_eq(str_first(text, 22), id))
		abort();
	if (base64url_decode(arena, str_from(text, 23), &secret) || secret.n != 32)
		abort();
	digest = sha256(secret);
	if (!digest_eq(digest, credential->digest))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = {(const char *)data, size}, made;
	struct credential credential, again;
	struct arena arena = {0};
	char *bent;

	if (!credential_parse(text, &credential))
		check_round_trip(&arena, text, &credential);
	/* One of our own, bent by the input, is another or none. */
	if (credential_new(&arena, 1700000000000, &credential, &made) ||
		credential_parse(made, &again) || !digest_eq(credential.digest, again.digest))
		abort();
	if (size >= 2 && data[1]) {
		bent = arena_copy(&arena, made.p, made.n);
		bent[data[0] % made.n] = (char)(bent[data[0] % made.n] ^ data[1]);
		if (!credential_parse((struct str){bent, made.n}, &again) &&
			id_eq(again.id, credential.id) &&
			digest_eq(again.digest, credential.digest))
			abort();
	}
	arena_free(&arena);
	return 0;
}
