/* head_check: whatever passes has one reading of where its body ends. */
#include "server/engine/head.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct str bytes = {(const char *)data, size};
	const char *end;

	if (head_check(bytes))
		return 0;
	end = memmem(bytes.p, bytes.n, "\r\n\r\n", 4);
	if (!end || end - bytes.p > HEAD_MAX)
		abort();
	/* No NUL, no lone LF before the end. */
	for (const char *p = bytes.p; p < end; p++)
		if (!*p || (*p == '\n' && (p == bytes.p || p[-1] != '\r')))
			abort();
	/* What follows the head changes nothing. */
	if (head_check(str_first(bytes, (size_t)(end - bytes.p) + 4)))
		abort();
	return 0;
}
