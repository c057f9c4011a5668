/* Whatever a person types is either refused or becomes eight to twelve characters that read as
 * themselves. */
#include "lib/oauth/user_code.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct arena arena = {0};
	struct str typed = {(const char *)data, size};
	struct str code, again;

	if (!user_code_canonical(&arena, typed, &code)) {
		if (code.n < USER_CODE_LENGTH_MIN || code.n > USER_CODE_LENGTH_MAX)
			abort();
		if (user_code_canonical(&arena, user_code_shown(&arena, code), &again) ||
			!str_eq(code, again))
			abort();
	}
	arena_free(&arena);
	return 0;
}
