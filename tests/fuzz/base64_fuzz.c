/* Every value has one spelling. */
#include "lib/base/base64.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str s = {(const char *)data, size}, out;
	struct arena a = {0};

	if (!base64url_decode(&a, s, &out) && !str_eq(base64url(&a, out.p, out.n), s))
		abort();
	if (base64url_decode(&a, base64url(&a, data, size), &out) || !str_eq(out, s))
		abort();
	(void)!base64_decode(&a, s, &out);
	arena_free(&a);
	return 0;
}
