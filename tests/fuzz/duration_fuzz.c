/* The shortest spelling means the same. */
#include "lib/base/duration.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena a = {0};
	int64_t ms, again;

	if (!duration_parse_ms((struct str){(const char *)data, size}, &ms))
		if (ms < 0 || duration_parse_ms(duration_text(&a, ms), &again) || again != ms)
			abort();
	arena_free(&a);
	return 0;
}
