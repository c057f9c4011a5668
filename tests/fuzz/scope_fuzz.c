/* What is granted is a subset of what is allowed, without repetition. Input: request, newline,
 * allowed. */
#include "lib/oauth/scope.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_subset(struct str granted, struct str allowed)
{
	STR_EACH (word, granted) {
		size_t times = 0;

		if (!scope_has(allowed, word))
			abort();
		STR_EACH (other, granted)
			times += str_eq(word, other);
		if (times != 1)
			abort();
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct str allowed = {(const char *)data, size};
	struct str requested = str_cut(&allowed, '\n');
	struct str granted;

	if (requested.n && !scope_grant(&arena, requested, allowed, &granted))
		check_subset(granted, allowed);
	arena_free(&arena);
	return 0;
}
