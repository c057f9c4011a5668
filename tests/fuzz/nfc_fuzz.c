/* A normalized text is normalized, and as much UTF-8 as before. */
#include "lib/base/nfc.h"

#include <stdlib.h>

enum { MOST = 2048 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str s = {(const char *)data, size}, once;
	struct arena a = {0};

	if (size > MOST)
		return 0;
	once = nfc(&a, s);
	if (!str_eq(nfc(&a, once), once) || str_is_utf8(once) != str_is_utf8(s))
		abort();
	if (!str_is_utf8(s) && !str_eq(once, s))
		abort();
	arena_free(&a);
	return 0;
}
