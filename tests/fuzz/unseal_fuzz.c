/* Sealed values: what was not sealed with the key and context does not open. */
#include "lib/crypto/seal.h"

#include "lib/crypto/digest.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str text = {(const char *)data, size}, sealed, plain;
	struct secret from = {0}, key = {0};
	struct arena arena = {0};
	char *bent;

	secret_set(&from, "no input knows this, so none can seal", 37);
	derive_key(&from, "fuzz", &key);
	if (!unseal(&arena, &key, STR("row"), text, &plain))
		abort();
	if (seal(&arena, &key, STR("row"), text, &sealed) ||
		unseal(&arena, &key, STR("row"), sealed, &plain) || !str_eq(plain, text))
		abort();
	if (!unseal(&arena, &key, text, sealed, &plain) && !str_is(text, "row"))
		abort();
	if (size >= 3 && data[2]) {
		size_t at = ((size_t)data[0] << 8 | data[1]) % sealed.n;

		bent = arena_copy(&arena, sealed.p, sealed.n);
		bent[at] = (char)(bent[at] ^ data[2]);
		if (!unseal(&arena, &key, STR("row"), (struct str){bent, sealed.n}, &plain))
			abort();
	}
	secret_free(&from);
	secret_free(&key);
	arena_free(&arena);
	return 0;
}
